import { z } from '@hono/zod-openapi';
import { QueryText, shortText } from '../messages/contract.ts';

const share = z.number().min(0).max(1);

const Certainty = z.enum(['insufficient', 'tentative', 'settled']).openapi('Certainty', {
  description: '`insufficient`: too little is known, so no number is shown.',
});

const Progress = share.openapi({
  description: 'Share of the history that is taken in; below 1 while it is read after a consent.',
});

const Mood = z
  .object({
    usual: z.number(),
    low: z.number().openapi({ description: '`low` to `high`: 90 % interval of `usual`.' }),
    high: z.number(),
    spread: z.number().openapi({ description: 'Standard deviation of single messages.' }),
    now: z.number(),
    deviation: z.number().openapi({ description: '`now` less `usual`.' }),
    deviation_low: z.number(),
    deviation_high: z.number(),
    standing: z.enum(['usual', 'above', 'below']),
  })
  .openapi('Mood');

const EmotionProfile = z
  .object({
    state: Certainty,
    progress: Progress,
    messages: z.number().int(),
    words: z.number().int(),
    unread: z.number().int().openapi({ description: 'Messages in a language that is not read.' }),
    languages: z.array(z.object({ language: z.string(), messages: z.number().int() })),
    moods: z.record(z.string(), Mood).nullable().openapi({
      description:
        'Valence in [-1, 1] (VADER) and eight basic emotions in [0, 1]: which words were used, not what was felt.',
    }),
    half_life: z
      .object({ days: z.number(), is_estimated: z.boolean(), pairs: z.number().int() })
      .nullable()
      .openapi({ description: 'After which a deviation of valence is half gone.' }),
    usual_half_life_days: z.number(),
  })
  .openapi('EmotionProfile');
export type EmotionProfile = z.infer<typeof EmotionProfile>;

const MessageEmotion = z
  .object({
    message_id: z.string(),
    timestamp: z.string(),
    language: z.string(),
    is_supported: z.boolean().openapi({ description: 'False: another language, of which only signs were read.' }),
    is_readable: z.boolean(),
    words: z.number().int(),
    valence: z.number().min(-1).max(1),
    emotions: z.record(z.string(), z.number()),
  })
  .openapi('MessageEmotion');
export type MessageEmotion = z.infer<typeof MessageEmotion>;

export const EmotionAnswer = EmotionProfile.extend({
  message: MessageEmotion.nullable().openapi({ description: 'The message that was asked about.' }),
}).openapi('EmotionAnswer');
export type EmotionAnswer = z.infer<typeof EmotionAnswer>;

export const EmotionQuery = z.object({
  message_id: shortText(256).optional().openapi({ description: 'Read this message beside the mood.' }),
});
export type EmotionQuery = z.infer<typeof EmotionQuery>;

const TypingProfile = z
  .object({
    state: Certainty,
    messages: z.number().int(),
    intervals: z.number().int(),
    rhythm: z
      .object({
        keys_per_minute: z.number(),
        quantiles: z.record(z.string(), z.number()).openapi({ description: 'ms between keys, pauses left out' }),
        unevenness: z.number(),
        pause_share: share,
        pause_from_ms: z.number(),
        middle_pause_ms: z.number().nullable(),
        keys_per_burst: z.number().nullable(),
        corrections: z.object({ rate: z.number(), low: z.number(), high: z.number() }).nullable(),
      })
      .nullable(),
  })
  .openapi('TypingProfile', { description: 'From the times between keys alone; which keys is never known.' });

const PersonalityProfile = z
  .object({
    state: Certainty,
    progress: Progress,
    words: z.number().int(),
    other_words: z.number().int().openapi({ description: 'Of them in a language that the model does not read.' }),
    messages: z.number().int(),
    basis: z.enum(['surface', 'lexical', 'embedding']).openapi({
      description:
        '`embedding`: vectors and words; `lexical`: words alone, there are no weights for the model of the vectors; ' +
        '`surface`: marks and lengths alone, of another language: it says next to nothing.',
    }),
    model: z.string().nullable(),
    version: z.string().openapi({ description: 'Of the weights.' }),
    traits: z
      .record(
        z.string(),
        z.object({
          mean: share,
          low: share.openapi({ description: '`low` to `high`: 90 % interval of `mean`.' }),
          high: share,
          probability_high: share.openapi({ description: 'Calibrated: above the median of people.' }),
          moved_by: z
            .array(z.object({ message_id: z.string(), pull: z.number() }))
            .openapi({ description: 'The messages that moved it most.' }),
        }),
      )
      .nullable()
      .openapi({ description: 'The Big Five on [0, 1] by name.' }),
  })
  .openapi('PersonalityProfile');
export type PersonalityProfile = z.infer<typeof PersonalityProfile>;

const LengthShares = z.array(z.object({ up_to: z.number().nullable(), share }));

const StyleProfile = z
  .object({
    version: z.string(),
    state: z.enum(['insufficient', 'measured']),
    progress: Progress,
    messages: z.number().int(),
    words: z.number().int(),
    sentences: z.number().int(),
    mean_message_length: z.number(),
    mean_sentence_length: z.number(),
    mean_word_length: z.number(),
    lengths: z.object({ words: LengthShares, sentences: LengthShares, messages: LengthShares }),
    function_words: z.array(z.object({ word: z.string(), share })),
    marks_per100_words: z.record(z.string(), z.number()),
    habits: z.record(z.string(), z.number().nullable()),
    diversity: z.object({ simpson_d: z.number(), yule_k: z.number(), mtld: z.number().nullable() }),
    readability: z.record(z.string(), z.number()).nullable(),
    marked: z
      .array(
        z.object({ name: z.string(), kind: z.string(), share: z.number(), usual: z.number(), distance: z.number() }),
      )
      .openapi({ description: 'What sets the user most apart, furthest first.' }),
    typing: TypingProfile,
  })
  .openapi('StyleProfile');
export type StyleProfile = z.infer<typeof StyleProfile>;

export const FingerprintAnswer = StyleProfile.extend({
  alarms: z
    .array(
      z.object({
        message_id: z.string(),
        timestamp: z.string(),
        unlikely: share.openapi({ description: 'That someone else wrote it, at even odds before.' }),
        rank: share.nullable().openapi({ description: "Share of the user's own messages that are as unlike them." }),
      }),
    )
    .openapi({
      description:
        'Of the last fifty messages, those that are unlikely to be written by the user. About one in fifty of their ' +
        'own raises it.',
    }),
}).openapi('FingerprintAnswer');
export type FingerprintAnswer = z.infer<typeof FingerprintAnswer>;

export const AuthorQuestion = z
  .strictObject({ texts: z.array(QueryText).min(1).max(50) })
  .openapi('AuthorQuestion', { example: { texts: ['I never sign like that, you know me.'] } });
export type AuthorQuestion = z.infer<typeof AuthorQuestion>;

export const AuthorAnswer = z
  .object({
    state: z.enum(['insufficient', 'scored']),
    probability: share.nullable().openapi({
      description: 'Calibrated: that the user wrote the texts, if it was as likely as not before.',
    }),
    evidence: z
      .record(z.string(), z.number())
      .nullable()
      .openapi({ description: 'Log likelihood ratio by kind of habit; above 0 speaks for the user.' }),
    words: z.number().int(),
    messages: z.number().int(),
    known_words: z.number().int(),
  })
  .openapi('AuthorAnswer');
export type AuthorAnswer = z.infer<typeof AuthorAnswer>;

/** Everything that is shown of a person at once. What is not allowed is null. */
export const Profile = z
  .object({
    user_id: z.string(),
    personality: PersonalityProfile.nullable(),
    emotion: EmotionProfile.nullable(),
    style: StyleProfile.nullable(),
  })
  .openapi('Profile');
export type Profile = z.infer<typeof Profile>;
