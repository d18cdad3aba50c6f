import type { LabelsOf } from './catalogue.ts';

type Feature = LabelsOf<'feature_uses_total'>['feature'];
type Timed =
  | { metric: 'cms_inference_duration_seconds'; operation: LabelsOf<'cms_inference_duration_seconds'>['operation'] }
  | { metric: 'mp_query_duration_seconds'; operation: LabelsOf<'mp_query_duration_seconds'>['operation'] }
  | {
      metric: 'ta_reconstruction_duration_seconds';
      operation: LabelsOf<'ta_reconstruction_duration_seconds'>['operation'];
    };

/** What a route is for: the feature it belongs to, and which histogram of a feature its time goes into. */
export interface Purpose {
  feature: Feature;
  timed?: Timed;
}

const mirror = (operation: LabelsOf<'cms_inference_duration_seconds'>['operation']): Timed => ({
  ...{ metric: 'cms_inference_duration_seconds', operation },
});
const palace = (operation: LabelsOf<'mp_query_duration_seconds'>['operation']): Timed => ({
  ...{ metric: 'mp_query_duration_seconds', operation },
});
const archaeology = (operation: LabelsOf<'ta_reconstruction_duration_seconds'>['operation']): Timed => ({
  ...{ metric: 'ta_reconstruction_duration_seconds', operation },
});

/** The first that fits `METHOD /path`, where the path is a template after /api/v1. */
const PURPOSES: [fits: RegExp, feature: Feature, timed?: Timed][] = [
  [/\/mirror\/(decisions\/predict|predict-response)$/, 'mirror', mirror('predict')],
  [/\/mirror\/chat/, 'mirror', mirror('chat')],
  [/\/mirror\/same-author$/, 'mirror', mirror('compare')],
  [/\/mirror\/(evolution|future-self)$/, 'mirror', mirror('project')],
  [/^GET .*\/mirror(\/|$)/, 'mirror', mirror('profile')],
  [/\/(mirror|consent)(\/|$)/, 'mirror'],
  [/\/memories\/search$/, 'search', palace('search')],
  [/\/memories\/(query|near)$/, 'palace', palace('spatial')],
  [/\/navigate$|\/trails\/:\w+\/(next|previous)$/, 'palace', palace('navigate')],
  [/\/context$/, 'context', palace('context')],
  [/\/trails(\/|$)/, 'trails'],
  [/^GET .*\/(memories|palaces)(\/|$)/, 'palace', palace('read')],
  [/\/(memories|palaces)(\/|$)/, 'palace'],
  [/^POST .*\/reconstruct$/, 'archaeology', archaeology('reconstruct')],
  [/\/gaps$/, 'archaeology', archaeology('gaps')],
  [/\/(patterns|timeline)$/, 'archaeology', archaeology('patterns')],
  [/^POST .*\/(digs|merge)$/, 'archaeology', archaeology('dig')],
  [/\/(reconstructions|digs|merge)(\/|$)/, 'archaeology'],
  [/\/messages?(\/|$)/, 'messages'],
  [/\/tasks(\/|$)/, 'tasks'],
  [/\/(ws|tickets)(\/|$)/, 'live'],
  [/\/(users\/:user_id|export|import|audit|retention|reconcile)$|\/erasures\//, 'person'],
  [/\/keys(\/|$)/, 'keys'],
  [/\/flags(\/|$)/, 'flags'],
];

const known = new Map<string, Purpose>();

/** @param route template, as in `/api/v1/users/:user_id/gaps`; there are as many as the code has, so answers are kept */
export function purposeOf(method: string, route: string): Purpose {
  const name = `${method} ${route}`;
  let purpose = known.get(name);
  if (!purpose) {
    const [, feature, timed] = PURPOSES.find(([fits]) => fits.test(name)) ?? [null, 'other' as const];
    purpose = timed ? { feature, timed } : { feature };
    known.set(name, purpose);
  }
  return purpose;
}
