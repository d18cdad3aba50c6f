interface Secret {
  what: string;
  /** when it is needed; null: always, and wrangler.toml lists it as required */
  only: string | null;
}

/** Every secret of a deployment, each set with `wrangler secret put NAME --env …`. */
export const SECRETS: Readonly<Record<string, Secret>> = {
  DATABASE_URL: { what: 'the connection string of Postgres', only: null },
  SERVICE_SECRET: { what: 'signs receipts and archives; 32 random characters, kept for good', only: null },
  TICKET_KEYS: { what: 'signs tickets: "name:secret", the first one signs', only: null },
  ENCRYPTION_KEYS: { what: 'wraps the data keys of users: "name:secret"; lost, what Postgres has is lost', only: null },
  METRICS_TOKEN: { what: 'what a Prometheus, and "npm run release", read /metrics with', only: null },
  LLM_API_KEY: { what: 'of the text model', only: 'LLM_PROVIDER is anthropic or openai' },
  LLM_GATEWAY_TOKEN: { what: 'of an AI Gateway', only: 'the gateway asks for one' },
  GPU_ORIGIN_SECRET: { what: 'shared with the GPU origin', only: 'GPU_ORIGIN_URL is set' },
};
