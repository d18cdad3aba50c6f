import { composeTurn } from './compose-turn.ts';
import { contextSummary } from './context-summary.ts';
import { mirrorChat } from './mirror-chat.ts';
import { replyCandidates } from './reply-candidates.ts';
import { roomName } from './room-name.ts';

/** Every template there is: a prompt is put together from one of these, and from nothing else. */
export const TEMPLATES = { composeTurn, contextSummary, mirrorChat, replyCandidates, roomName } as const;
