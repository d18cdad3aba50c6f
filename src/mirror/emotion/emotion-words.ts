/** Plutchik's eight basic emotions (1980), opposites four apart. */
export const EMOTIONS = ['joy', 'trust', 'fear', 'surprise', 'sadness', 'disgust', 'anger', 'anticipation'] as const;
export type Emotion = (typeof EMOTIONS)[number];

/**
 * Seed words of each emotion, written for this project: the lexicons that people have rated (NRC EmoLex, DepecheMood)
 * are not free for every use. Compared by their stems, so "hated" and "hating" meet "hate". A word may stand in two
 * lists. Not validated against ratings: the eight numbers say which words were used, not what was felt.
 */
export const EMOTION_WORDS: Readonly<Record<Emotion, string>> = {
  joy: `happy happily happiness joy joyful glad gladly delight delighted delightful cheerful cheer enjoy enjoyable
    fun funny laugh laughter smile grin giggle haha hahaha lol lmao love lovely loving adore wonderful great awesome
    amazing fantastic brilliant excellent perfect beautiful gorgeous sweet yay woohoo hooray hurray celebrate
    celebration party birthday win won winner victory proud pleased pleasure pleasant satisfied thrilled ecstatic
    elated bliss blissful blessed grateful thankful thanks relieved relief playful merry euphoric overjoyed sunshine
    cute yummy delicious congratulations congrats vacation holiday dance sing sang hilarious enjoyed heavenly
    paradise content upbeat radiant favorite favourite cosy cozy hug sunny peaceful`,
  trust: `trust trustworthy faith faithful believe rely reliable loyal loyalty honest honestly sincere sincerely
    depend dependable safe safety secure confident confidence respect admire support supportive friend friendship
    family agree accept promise help helpful care caring kindness gentle truth thank thanks appreciate appreciated
    assure certain guarantee solid steady calm understand understanding protect protective generous ally mentor
    advice comfort comforting reassure bond marry marriage partner commit committed devotion devoted responsible
    integrity approve grateful welcome`,
  fear: `afraid fear fearful scared scare scary frighten frightened frightening terrify terrified terrifying terror
    horror horrified horrifying panic anxious anxiety worry worried worrying nervous nervously dread dreading
    dreadful danger dangerous threat threaten threatening risk risky nightmare creepy spooky phobia paranoid tense
    tension uneasy unsafe insecure alarm alarmed alarming haunted haunt tremble trembling shiver shaking stress
    stressed stressful overwhelm overwhelmed overwhelming helpless trapped flee desperate desperately doubt hesitate
    petrified timid shy apprehensive distress distressed emergency attack crisis doom scream monster ghost`,
  surprise: `surprise surprised surprising surprisingly shock shocked shocking astonish astonished astonishing amaze
    amazed amazing astound astounded astounding stun stunned stunning unexpected unexpectedly sudden suddenly wow
    whoa woah omg wtf startle startled unbelievable incredible incredibly unreal speechless wonder wondrous miracle
    bizarre weird strange odd oddly curious unusual extraordinary gosh huh mindblowing flabbergasted bewildered
    perplexed puzzled abruptly coincidence`,
  sadness: `sad sadly sadness unhappy sorrow sorrowful grief grieve grieving mourn mourning cry cried crying tear
    tears weep weeping sob depress depressed depressing depression gloomy gloom miserable misery hopeless despair
    heartbroken heartbreak heartbreaking broken lonely loneliness alone isolated miss missed missing lose lost loss
    regret regretful sorry apologize apologise hurt hurting pain painful ache aching suffer suffering disappoint
    disappointed disappointing disappointment fail failed failure discouraged dejected melancholy tragic tragedy
    death died dead die dying funeral burial goodbye farewell homesick abandoned rejected rejection unwanted
    worthless empty emptiness numb tired exhausted drained sick ill cancer divorce breakup poor pity unfortunate
    unfortunately bummer upset devastated crushed gutted`,
  disgust: `disgust disgusted disgusting gross grossed nasty revolting repulsive repulsed repel vile vomit puke
    puking nausea nauseous nauseating nauseated sicken sickening sickened filth filthy dirty rotten rot stink stinks
    stinky stank smelly foul yuck yucky ew eww ewww ugh icky slime slimy creep creepy pervert cringe cringy cringey
    awful horrible terrible loathe loathing detest despise abhor hideous ugly trash garbage crap crappy shit shitty
    toxic corrupt corruption sleazy vulgar obscene contempt disdain scum pathetic lousy repugnant gag barf infected
    infection maggot cockroach shameful`,
  anger: `angry anger angrily mad furious fury rage raging outrage outraged outrageous annoy annoyed annoying
    annoyance irritate irritated irritating irritation frustrate frustrated frustrating frustration hate hated
    hateful hatred resent resentful resentment hostile hostility bitter cruel cruelty rude insult insulted insulting
    offend offended offensive yell yelled yelling shout shouted scream fight fought fighting argue argument quarrel
    blame revenge vengeance damn dammit damned hell fuck fucking fucked fucker bastard bitch asshole idiot idiotic
    stupid dumb moron jerk pissed piss screw unfair injustice betray betrayed betrayal jealous jealousy envy envious
    provoke attack violent violence abuse abusive bully liar lie lied lying cheat cheated complain complaint
    ridiculous unacceptable fuming livid enraged infuriate infuriating aggravate aggravating grr grrr`,
  anticipation: `anticipate anticipation expect expecting expectation await waiting wait hope hopeful hopefully
    hoping eager eagerly excite excited exciting excitement plan planning planned prepare preparing preparation ready
    tomorrow soon upcoming future someday eventually countdown dream dreaming goal aim intend intention curious wish
    wishing schedule scheduled appointment deadline invite invitation predict prediction forecast suspense gonna
    impatient impatiently ambition ambitious aspire promise opportunity prospect interview trip journey adventure
    explore wonder launch weekend tonight`,
};

/** Phrases of two words that mean more than the words: what they are worth in VADER's measure, and their emotions. */
export const PHRASES: readonly (readonly [phrase: string, valence: number, emotions: readonly Emotion[]])[] = [
  ["can't wait", 2, ['anticipation', 'joy']],
  ['cant wait', 2, ['anticipation', 'joy']],
  ['looking forward', 1.5, ['anticipation', 'joy']],
  ['fed up', -2, ['anger', 'disgust']],
  ['freaking out', -2, ['fear']],
  ['freaked out', -2, ['fear']],
  ['burnt out', -2, ['sadness']],
  ['burned out', -2, ['sadness']],
  ['let down', -1.8, ['sadness']],
  ['cheer up', 1, ['joy', 'trust']],
  ['no way', 0, ['surprise']],
  ['oh god', 0, ['surprise', 'fear']],
  ['give up', -1, ['sadness']],
  ['giving up', -1, ['sadness']],
];

/** Pictographs in use: characters, valence in VADER's measure, emotions. Skin tones and variants count as their base. */
export const PICTOGRAPHS: readonly (readonly [characters: string, valence: number, emotions: readonly Emotion[]])[] = [
  ['😀😃😄😁😆😊🙂☺😺😸🙌🎉🎊🥳💃🕺🤗😋😎🌞🌈✨🍾🥂🏆', 2, ['joy']],
  ['😂🤣😹', 1.8, ['joy']],
  ['😅🙃😜😝😛🤪😏😉', 0.9, ['joy']],
  ['😍🥰😘😗😙😚😻❤♥💕💖💗💘💙💚💛💜🧡💞💓💝🤍🤎🩷💋', 2.7, ['joy', 'trust']],
  ['👍👏🙏🤝👌💪🤞✅🫶🫂', 1.5, ['trust']],
  ['😇😌', 1.8, ['trust', 'joy']],
  ['😱😨😰😧😦🙀👻💀☠', -1.8, ['fear']],
  ['😬😟🥺', -0.8, ['fear']],
  ['😳😲😮😯🤯', 0, ['surprise']],
  ['😢😭😿😥😞😔☹🙁😓😩😫😖😣💔🥀😪', -2, ['sadness']],
  ['😕😑😐😒🙄', -0.9, ['disgust']],
  ['🤢🤮💩🤧', -2, ['disgust']],
  ['😡😠🤬😤👿💢🖕👎', -2.2, ['anger']],
  ['🤩😈🔜⏳🤔🚀', 0.6, ['anticipation']],
];
