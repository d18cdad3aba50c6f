/** Words of one or more languages, normalised as `src/text/normalise.ts` does, apart by spaces. */
const list = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter((word) => word !== ''));

/** First words of a message that opens a conversation. */
export const GREETINGS = list(`
  hi hey heya hiya hello howdy yo greetings morning afternoon evening welcome
  hallo moin servus guten hola buenos buenas bonjour bonsoir salut coucou ciao salve buongiorno buonasera
  ola oi bom boa hoi goedemorgen hej hei hejsan czesc privet merhaba selam halo namaste salam ahoj szia
  привет здравствуи здравствуите добрыи доброе 你 你好 您好 嗨 哈喽 早 早安 こ こん 안 안녕 مرحبا السلام اهلا שלום היי नमस्ते
`);

/** Words that stand in a message that takes leave. */
export const FAREWELLS = list(`
  bye byebye goodbye goodnight cya ttyl gtg farewell cheers
  tschuss tschau auf bis adios hasta chao nos revoir bientot arrivederci tchau tot doei hejda pa dobranoc poka
  пока свидания 再见 拜拜 晚安 またね おやすみ 잘자 وداعا להתראות
`);
/** Pairs of words that take leave. */
export const FAREWELL_PAIRS = list(`
  good_night see_you see_ya talk_soon talk_later take_care catch_you later_then have_a keep_in until_next
  bis_bald bis_dann gute_nacht hasta_luego buenas_noches a_bientot bonne_nuit a_presto buona_notte ate_logo boa_noite
  до_свидания спокоинои_ночи
`);

/** First words of a message that answers or takes up what was just said. */
export const REPLIES = list(`
  yes yeah yea yep yup no nope nah sure ok okay k thanks thank thx ty true exactly right same wow nice cool great awesome
  haha hahaha hahah lol lmao aww aw omg oh ooh ah that thats those sounds agreed totally definitely absolutely indeed
  glad congrats congratulations me both neither because cause perfect amazing sweet sorry fair interesting its it
  ja nein doch genau stimmt danke klar achso si claro gracias vale oui non merci exact davvero certo grazie sim nao
  obrigado obrigada nee bedankt tak nie ano да нет спасибо точно ага 是 好 对 不 嗯 谢谢 はい いいえ うん そう ありがとう 네 응 아니 고마워
  نعم لا شكرا כן לא תודה हाँ नहीं
`);

/** First words of a question that carries no mark. */
export const QUESTION_WORDS = list(`
  what whats when where who whose why how which do does did are is can could would will have has should
  was wann wo wer warum wie welche que cuando donde quien como cual porque quand ou qui pourquoi comment quel
  cosa quando dove chi perche quale quem onde wat waar wie что когда где кто почему как
`);

/** What says that something was said, sent or agreed before. Of the normalised text. */
export const REFERENCE =
  /\b(?:(?:as|like) (?:i|you|we) (?:said|mentioned|told|discussed|wrote|was saying|were saying)|i (?:told|already told|just told) you|you (?:just )?(?:told me|mentioned|sent me|asked me)|(?:photo|picture|pic|link|video|message|voice note|screenshot)s? (?:that )?(?:you|i) (?:just )?(?:sent|shared|posted)|(?:see|look) above|wie (?:gesagt|besprochen|erwahnt)|comme (?:je (?:te |vous )?(?:disais|dit)|convenu)|como (?:te |ya )?(?:dije|decia|eu disse)|come (?:dicevo|ti ho detto|detto)|zoals ik zei|как я (?:говорил|сказал|писал)а?)(?![\p{L}])/u;

/** No reference is without one of these. */
export const REFERENCE_WORDS = list(`
  said mentioned told discussed wrote saying sent shared posted asked above gesagt besprochen erwahnt disais dit convenu
  dije decia disse dicevo detto zei говорил сказал писал говорила сказала писала
`);
/** No talk of a picture, and no picture, is without one of these. */
export const PICTURE_WORDS = list(`
  photo photos picture pictures pic pics selfie selfies video videos foto bild image audio media sticker gif document
  attached weggelassen omitido omise omis omesso jpg jpeg png mp4 webp heic opus
`);

/** A picture or file that was asked about or admired. */
export const PICTURE_TALK =
  /\b(?:(?:the|this|that|your|nice|great|cute|beautiful|lovely) (?:photo|picture|pic|selfie|video)s?|das (?:foto|bild)|la (?:foto|photo)|cette photo|a foto)\b/;
/** A picture or file, or the place of one. */
export const PICTURE =
  /\b(?:shares an? (?:image|photo)|(?:image|video|photo|audio|media|sticker|gif|document) omitted|attached:|weggelassen|omitido|omise?|omesso)\b|\.(?:jpe?g|png|mp4|webp|heic|opus)\b/;
