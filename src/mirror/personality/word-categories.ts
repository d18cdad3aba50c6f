/**
 * Categories of English words that manner and temper show in, written for this project; spellings without the
 * apostrophe stand beside the proper ones. A word may stand in several. The order is part of every saved state and of
 * the weights: append only, and raise the version.
 */
export const WORD_CATEGORIES = {
  i: "i me my mine myself i'm i've i'll i'd im ive",
  we: "we us our ours ourselves we're we've we'll",
  you: "you your yours yourself you're you've you'll u ur",
  she_he: "he she him her his hers himself herself he's she's",
  they: "they them their theirs themselves they're they've",
  negation:
    "no not never none nothing nobody neither nor don't can't won't didn't isn't doesn't wasn't couldn't wouldn't shouldn't haven't hasn't aren't cannot dont cant wont didnt",
  article: 'a an the',
  past: 'was were had did went said got thought knew felt came made took saw told wanted gave found left been used',
  present: 'am is are have has do does go get think know feel want make see say need like love',
  future: "will gonna i'll going won't shall tomorrow soon we'll",
  modal: 'should would could ought might must may maybe perhaps',
  thinking:
    'think know because why how reason cause realize understand believe wonder guess decide consider question mean sense idea thought thoughts figure',
  tentative:
    'maybe perhaps guess kinda sort probably seem seems possibly might may if or something somehow somewhat unsure',
  certain: 'always never definitely sure certain absolutely truly completely totally really every all must clear',
  social:
    'friend friends talk people girl boy guy guys roommate family party everyone anyone someone he she they we call called together meet met boyfriend girlfriend',
  family:
    'mom dad mother father parents sister brother family grandma grandmother cousin son daughter wife husband aunt uncle',
  positive:
    'love good happy great fun nice glad excited hope best better wonderful amazing enjoy cool awesome laugh smile lucky beautiful perfect blessed thankful',
  negative:
    'hate bad sad worry worried afraid stress stressed angry mad hurt cry alone lonely stupid sucks terrible horrible awful depressed upset nervous scared guilty sorry miss annoying tired sick',
  anxious: 'worry worried nervous afraid scared anxious stress stressed anxiety fear tense panic pressure overwhelmed',
  angry: 'hate angry mad pissed damn hell kill stupid annoyed annoying bitch shit fuck fucking ass crap sucks',
  sad: 'sad cry crying lonely alone miss missed depressed hurt lost homesick hopeless',
  swearing: 'damn hell shit fuck fucking ass bitch crap bastard pissed piss',
  work: 'work class study test exam homework college school paper grade grades job career major studying professor read reading assignment finish done plan schedule time',
  leisure: 'music song tv movie game play watch football band guitar dance party drink beer concert internet computer',
  religion: 'god church pray prayer jesus lord christian faith bible religion bless',
  body: 'eat food hungry sleep tired head body hair eyes hand sick pain hurt cold hot',
  intimacy: 'sex kiss love sexy date crush',
  money: 'money pay buy dollars cost bank rich poor spend cash',
  imagination:
    'art music poem poetry book books write writing beauty imagination dream dreams world life universe mind soul paint novel philosophy culture language',
  time: 'now then today tomorrow yesterday week day month year minute minutes hour hours time again still already late early',
  space: 'in on at up down over under above out around here there where room house home',
  filler: 'um uh well anyway anyways like blah oh ok okay hmm yeah yea ugh hey wow haha lol ha',
  insight: 'realize understand know see learn learned meaning discover explain',
  exclusion: 'but except without however although though unless',
  inclusion: 'and with also both together',
  preposition: 'of in to for with on at from by about into through over after before between against during',
  conjunction: 'and but or because so as while if although though since',
  quantity: 'many much few lot lots some all any more most less least several bunch',
  number: 'one two three four five six seven eight nine ten first second third hundred thousand',
  comparison: 'than better worse more most best worst as like same different',
  unmarked: 'dont cant im didnt ive thats its wont',
} as const;
