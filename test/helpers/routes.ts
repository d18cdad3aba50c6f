import { type ApiDescription, type Route, routesOf } from './api-routes.ts';
import { call } from './client.ts';

export const describeApi = async (): Promise<ApiDescription> => (await call<ApiDescription>('/openapi.json')).body;

export const everyRoute = async (): Promise<Route[]> => routesOf(await describeApi());
