/**
 * English words that carry grammar or manner, not topic: what an author is told by across subjects. Contractions stand
 * as one word with a straight apostrophe; spellings that leave the apostrophe out, and chat spellings, are words of
 * their own, because which one is used is a habit. The order is part of every saved state: append only, and raise the
 * version of what is built on it.
 */
export const FUNCTION_WORDS: readonly string[] = [
  // articles, determiners, quantifiers
  'the a an this that these those some any no every each all both either neither another other others such same',
  'much many more most few less least several enough lot lots bit own whole half',
  // pronouns
  'i me my mine myself you your yours yourself he him his himself she her hers herself it its itself we us our ours',
  'ourselves they them their theirs themselves one someone anyone everyone something anything everything nothing',
  'somebody anybody everybody nobody none who whom whose which what where when why how whatever whenever wherever',
  // prepositions
  'of in to for with on at from by about as into through after over between out against during without before under',
  'around among above across along behind below beside besides beyond despite down inside near off onto outside past',
  'per since throughout till toward towards until up upon via within',
  // conjunctions and connectives
  'and but or nor so yet if because cause although though unless while whereas whether than then therefore however',
  'moreover furthermore meanwhile otherwise instead else anyway anyways also too plus',
  // auxiliaries and the commonest verbs
  'am is are was were be been being do does did done doing have has had having will would shall should can could may',
  'might must ought get gets got gotten getting go goes going gone went make makes made let lets keep seem seems',
  // contractions
  "i'm i've i'll i'd you're you've you'll you'd he's she's it's we're we've we'll they're they've that's there's here's",
  "what's who's how's where's let's isn't aren't wasn't weren't don't doesn't didn't haven't hasn't hadn't won't",
  "wouldn't can't couldn't shouldn't y'all",
  'im ive ill id youre hes shes thats theres whats isnt arent wasnt dont doesnt didnt havent hasnt wont wouldnt',
  'cant couldnt shouldnt theyre',
  // adverbs of manner, degree and time
  'not never ever always often sometimes usually rarely already still again once twice soon later now today tomorrow',
  'yesterday tonight here there just only even very really quite pretty rather almost nearly maybe perhaps probably',
  'definitely certainly actually basically literally honestly totally absolutely completely especially mostly exactly',
  'simply truly indeed kind kinda sort sorta well away back together alone apart ahead ago lately recently',
  // how feelings are toned, and what chat is kept going with
  'good great nice cool amazing awesome wonderful fun interesting bad sure glad happy sorry hope hopefully love like',
  'think guess know feel want wanna need gonna gotta trying look looks sounds sound say said see',
  'yes yeah yea yep yup yess nah nope ok okay okey k oh ooh ah ahh aw aww hmm hm huh wow omg lol lmao haha hahaha hehe',
  'hey hi hello yo sup bye thanks thank please pls plz welcome congrats btw idk imo tbh fr ngl rn asap',
  'u ur r ya tho thru cuz bc n w b4 gr8 alot alright stuff thing things guys man dude bro girl',
  'right first last next long little big new old time way able',
]
  .join(' ')
  .split(' ');
