/** The part of prom-client that renders: it needs nothing of Node, and none of its default metrics. */
declare module 'prom-client/lib/registry.js' {
  export { Registry as default } from 'prom-client';
}
