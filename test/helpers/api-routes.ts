interface Schema {
  $ref?: string;
  type?: string;
  example?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  minimum?: number;
  items?: Schema;
  required?: string[];
  properties?: Record<string, Schema>;
}

interface Operation {
  summary?: string;
  tags?: string[];
  /** the scope that a key needs */
  'x-scope'?: string;
  security?: object[];
  parameters?: { name: string; in: string; required?: boolean; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, object>;
}

export interface ApiDescription {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

/** One operation of the API, with what a request to it takes. */
export interface Route {
  /** as in `GET /api/v1/users/{user_id}` */
  name: string;
  method: string;
  template: string;
  operation: Operation;
  /** the least body that its schema takes; undefined where it takes none */
  body: unknown;
  /** a body with each field that its schema knows, whether or not they go together */
  fullBody: unknown;
  /** the query that it cannot do without, as in `?x=1`; empty for most */
  query: string;
}

/** Every operation of /openapi.json, in its order. */
export function routesOf(api: ApiDescription): Route[] {
  return Object.entries(api.paths).flatMap(([template, operations]) =>
    Object.entries(operations).map(([verb, operation]) => {
      const method = verb.toUpperCase();
      const schema = operation.requestBody?.content['application/json']?.schema;
      const body = schema && leastOf(schema, api);
      const fullBody = schema && valueFor(schema, api, true);
      const query = (operation.parameters ?? [])
        .filter((parameter) => parameter.in === 'query' && parameter.required)
        .map((parameter) => `${parameter.name}=${leastOf(parameter.schema, api)}`)
        .join('&');
      return {
        name: `${method} ${template}`,
        method,
        template,
        operation,
        body,
        fullBody,
        query: query && `?${query}`,
      };
    }),
  );
}

/**
 * The path of a route with ids filled in.
 * @throws Error when a new kind of id has come, which the caller must provide
 */
export const fillPath = (template: string, ids: Record<string, string>): string =>
  template.replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const id = ids[name];
    if (id === undefined) throw new Error(`There is no id here for {${name}} of ${template}.`);
    return encodeURIComponent(id);
  });

/** The least value that a schema takes. */
const leastOf = (schema: Schema, api: ApiDescription): unknown => valueFor(schema, api, false);

function valueFor(schema: Schema, api: ApiDescription, whole: boolean): unknown {
  if (schema.$ref) return valueFor(api.components.schemas[schema.$ref.split('/').at(-1)!]!, api, whole);
  if (schema.example !== undefined && !whole) return schema.example;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return valueFor(schema.anyOf[0]!, api, whole);
  switch (schema.type) {
    case 'object': {
      const properties = schema.properties ?? {};
      const names = whole ? Object.keys(properties) : (schema.required ?? []);
      const fields = names.map((name) => [name, valueFor(properties[name]!, api, whole)]);
      return { ...Object.fromEntries(fields), ...(whole ? Object(schema.example) : {}) };
    }
    case 'array':
      return [valueFor(schema.items!, api, whole)];
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return false;
    default:
      return 'a';
  }
}
