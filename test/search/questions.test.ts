/**
 * Questions as people write them, in other spellings than the text: the document that answers comes first, with the words
 * and the model of a new installation.
 */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createSemanticEmbedder } from '../../content/embeddings/semantic/index.ts';
import { search } from '../../content/search/search.ts';
import { createVectorSpaces } from '../../content/vectors/vector-spaces.ts';
import { insertDocuments } from '../../tools/bench/relevance/corpus.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';

const user = 'ana';

/** What differs, the question, the document that answers (title and text), and others that do not. */
type Case = readonly [string, string, string, ...string[]];

const cases: readonly Case[] = [
  ['a picture', '🌊', 'Ahoy :: big 🌊 today', 'Ahoy :: big day'],
  ['a sign at a word', 'Tidewise', 'Terms :: Tidewise™ is ours', 'Terms :: the tides are wise'],
  [
    'part number',
    'AB-1234/5',
    'Order :: We need part AB-1234/5 by May.',
    'Order 2 :: We need part AB-1234/6 by May.',
    'x :: AB is a blood group, 1234 and 5 are numbers.',
  ],
  ['part number without separators', 'KX98765', 'Order :: We need part KX-9876/5 by May.'],
  [
    'part number typed with spaces',
    'CD 7788 9',
    'Order :: We need part CD-7788/9 by July.',
    'x :: CD 7788 sold, 9 left and 9 again',
  ],
  ['part number lower case no dash', 'ef4455', 'Stock :: EF-4455 pumps are out of stock.'],
  [
    'version',
    'v2.10.3',
    'Notes :: Release 2.10.3 mends the login.',
    'Notes :: Release 2.1.03 is old.',
    'Notes :: Release 2.10.4 mends more.',
  ],
  [
    'camelCase parts',
    'get user by id',
    'code :: function getUserById(id) { return db.one(id) }',
    'x :: The user gets an id by mail.',
  ],
  ['camelCase by one part', 'invoice parser', 'code :: class InvoiceParser { parse() {} }', 'x :: no class here'],
  ['snake_case by parts', 'max retry count', 'cfg :: max_retry_count = 5', 'x :: a count of retries'],
  ['snake asked as camel', 'maxRetryDelay', 'cfg :: max_retry_delay = 5'],
  ['camel asked as snake', 'open_file_handle', 'cfg :: openFileHandle()'],
  [
    'e-mail',
    'jane.doe@example.com',
    'Contact :: Write to jane.doe@example.com for keys.',
    'Contact :: Jane Doe lives here. example.com is a domain',
    'Contact :: jane.smith@example.com',
  ],
  [
    'url',
    'https://wiki.acme.example/display/OPS/Runbook+42',
    'Link :: see https://wiki.acme.example/display/OPS/Runbook+42',
    'Link :: see https://wiki.acme.example/display/OPS/Runbook+43',
  ],
  [
    'file name',
    'Q3_report_final.xlsx',
    'Q3_report_final.xlsx :: numbers of the quarter',
    'Q3_report_draft.xlsx :: numbers of the quarter',
  ],
  [
    'file name as words',
    'annual report 2019',
    'AnnualReport2019.pdf :: pages',
    'a :: the 2019 season',
    'a :: annual report 2018',
  ],
  ['IBAN', 'DE89370400440532013000', 'Bank :: IBAN DE89 3704 0044 0532 0130 00'],
  ['number with thousands', '1,234,567', 'Sum :: The total is 1234567 euros.'],
  ['number de', '9.876.543', 'Sum :: In total 9,876,543.'],
  ['number space', '8 765 432', 'Sum :: In total 8765432.'],
  ['number nbsp in text', '7654321', 'Sum :: Au total 7\u202f654\u202f321 euros.'],
  ['decimal comma', '3,14159', 'Pi :: pi is 3.14159'],
  ['money', '€1,250.50', 'Bill :: 1.250,50 EUR for oil', 'Bill :: 1,250.60 for oil'],
  ['date iso asked german', '24.12.2031', 'Date :: Party on 2031-12-24.', 'Date :: Party on 2031-11-24.'],
  [
    'quoted phrase',
    '"red herring sandwich"',
    'Menu :: We offer a red herring sandwich.',
    'Menu :: A sandwich, with red onions and herring, and a red sandwich of herring herring.',
  ],
  ['apostrophe typographic', 'don’t panic guide', "Guide :: The don't panic guide."],
  ["apostrophe O'Neill", 'ONeill', "People :: Mr O'Neill signs."],
  [
    'apostrophe O’Neill 2',
    "O'Brien",
    'People :: Ms O’Brien signs.',
    'People :: Brien is a place; the letter O is round',
  ],
  ['french elision q', "l'école", "Voyage :: L'ancienne ecole ferme."],
  ['hyphen vs joined', 'email', 'Mailing :: Send an e-mail to all.'],
  ['joined vs hyphen', 'e-commerce', 'Shop :: Our ecommerce grows.'],
  ['coworker', 'co-worker', 'Team :: My coworker left.'],
  ['open compound', 'data base', 'IT :: The database is slow.'],
  [
    'hyphen at line end / soft hyphen',
    'Schifffahrtsgesellschaft',
    'SH :: Die Schiff\u00adfahrts\u00adgesell\u00adschaft zahlt.',
  ],
  ['zero width space', 'supercalifragilistic', 'ZW :: super\u200bcalifragi\u200blistic'],
  ['zwnj persian', 'میخواهم', 'FA :: من می\u200cخواهم بروم'],
  ['ligature', 'official profile', 'L :: the oﬃcial proﬁle'],
  ['full-width', 'ABC123', 'FW :: 型番ＡＢＣ１２３です'],
  ['umlaut as ue', 'Mueller', 'DE :: Herr Müller kommt.'],
  ['umlaut asked, ue in text', 'Jürgen Köhler', 'DE :: Juergen Koehler kommt.'],
  ['plain asked for umlaut', 'Muhlberg', 'DE :: Frau Mühlberg geht.'],
  ['ß ss', 'Strasse', 'DE :: Lange Straße 7'],
  ['capital ẞ', 'Gasse gross', 'DE :: GROẞE GASSE'],
  ['ae', 'Aaroe', 'DK :: Mandø og Aarø'],
  ['ø oe', 'Soerensen', 'DK :: Hr. Sørensen'],
  ['å aa', 'Aalborg', 'DK :: Ålborg havn'],
  ['ð þ', 'Thordur', 'IS :: Þórður Guðmundsson'],
  ['german compound rev', 'Antrag Sonderurlaub', 'HR :: Sonderurlaubsantrag.pdf'],
  ['swedish', 'flickorna', 'SV :: en flicka springer'],
  ['finnish', 'talossa', 'FI :: Talo on vanha'],
  ['finnish 2', 'laivan', 'FI :: Uusi laiva saapuu'],
  ['turkish dotless', 'ISPARTA', 'TR :: ısparta gülleri'],
  ['turkish dotted', 'istanbul', 'TR :: İSTANBUL BOĞAZI'],
  ['turkish inflected', 'kitaplarımızda', 'TR :: kitap okumak'],
  ['hungarian', 'hajóval', 'HU :: a hajó elindul'],
  ['russian ё', 'ёлка', 'RU :: елка в доме'],
  ['russian inflected', 'кораблей', 'RU :: корабль плывет'],
  ['greek', 'καραβια', 'EL :: το καράβι φεύγει'],
  ['arabic article', 'كتاب', 'AR :: قرأت الكتاب أمس'],
  ['arabic and+article', 'السفينة', 'AR :: والسفينة كبيرة'],
  ['hebrew prefix', 'ספינה', 'HE :: הספינה גדולה'],
  ['hebrew ve', 'נמל', 'HE :: ובנמל היו'],
  ['hindi', 'जहाज', 'HI :: जहाज़ बंदरगाह में है'],
  ['hindi word', 'हिन्दी', 'HI :: हिंदी भाषा'],
  ['bengali', 'বাংলা', 'BN :: আমি বাংলায় গান গাই'],
  ['tamil', 'கப்பல்', 'TA :: பெரிய கப்பல் வருகிறது'],
  ['thai', 'ท่าเรือ', 'TH :: เรือออกจากท่าเรือตอนเช้า', 'TH :: อากาศดี'],
  ['lao', 'ສະບາຍດີ', 'LO :: ພວກເຮົາເວົ້າສະບາຍດີທຸກມື້'],
  ['khmer', 'សួស្តី', 'KM :: យើងនិយាយសួស្តីរាល់ថ្ងៃ'],
  ['burmese', 'မင်္ဂလာပါ', 'MY :: ကျွန်တော်မင်္ဂလာပါပြောသည်'],
  ['tibetan', 'བོད', 'BO :: ང་བོད་ནས་ཡིན།'],
  ['chinese', '年度报告', 'ZH :: 公司的年度报告已经发布', 'ZH :: 年度会议'],
  ['chinese one char', '鲸', 'ZH :: 海里有鲸鱼'],
  ['japanese iteration', '時々', 'JA :: 彼は時々来る'],
  ['korean particle', '학교', 'KO :: 나는 학교에서 공부한다'],
  ['korean decomposed', '바다'.normalize('NFD'), 'KO :: 푸른 바다가 보인다'],
  ['vietnamese no marks', 'hop dong thue nha', 'VI :: Hợp đồng thuê nhà ký ngày 3', 'VI :: hop dong khac'],
  ['vietnamese d', 'Đà Nẵng', 'VI :: thành phố Da Nang'],
  ['math alnum', 'Quantum', 'M :: 𝐐𝐮𝐚𝐧𝐭𝐮𝐦 leap'],
  ['superscript', 'CO2', 'C :: CO₂ emissions of ships'],
  ['m2', 'm2', 'C :: 85 m² floor'],
  ['C#', 'C# developer', 'Job :: C# developer wanted', 'Job :: C++ developer wanted', 'Job :: C developer wanted'],
  ['.NET', '.NET', 'Prog :: written in .NET', 'Prog :: net weight'],
  ['AT&T', 'AT&T', 'Tel :: AT&T raised prices'],
  ['R&D', 'R&D', 'Org :: R&D budget', 'Org :: R is a letter, D too'],
  ['abbrev dots', 'USA', 'Geo :: ships to the U.S.A. every week'],
  ['typo 3', 'Grünmann', 'People :: Herr Grunemann'],
  ['path', 'src/app/main.ts', 'Code :: edit src/app/main.ts first', 'Code :: main.ts of another app in src'],
  ['mac', '00:1A:2B:3C:4D:5E', 'Net :: host 00-1a-2b-3c-4d-5e'],
  ['ip', '192.168.1.17', 'Net :: router at 192.168.1.17', 'Net :: router at 192.168.17.1'],
  ['git hash short', '4974a2b6', 'Git :: commit 4974a2b6f3c1aa9d fixed it'],
  ['unit joined', '5kg', 'U :: a box of 5 kg', 'U :: a box of 6 kg'],
  ['unit apart', '15 kg', 'U :: a box of 15kg', 'U :: a box of 16kg'],
  ['GPT-4', 'GPT4', 'AI :: GPT-4 is used', 'AI :: GPT-3 is used'],
  ['COVID19', 'covid 19', 'H :: COVID19 rules', 'H :: flu rules'],
  ['iPhone15', 'iphone 15', 'H :: iPhone15Pro case'],
  ['wi-fi', 'wifi', 'N :: the Wi-Fi password'],
  ['Wi‑Fi nb hyphen', 'Li-Fi', 'N :: the Li‑Fi lamp'],
  ['en dash', '1914-1918', 'W :: The war, 1914–1918'],
  ['mixed CJK latin', 'Python入門', 'JA :: Python 入門 講座'],
  ['english word in CJK', 'Docker', 'ZH :: 使用Docker部署'],
  ['micro', 'µm', 'U :: 5 μm gap'],
  ['ohm', 'Ω', 'U :: 10 Ω resistor'],
  ['question mark arabic', 'أين الميناء؟', 'AR :: الميناء في الشمال'],
  ['catalan l·l', 'col·legi', 'CA :: el collegi obre'],
  ['armenian', 'նավ', 'HY :: մեծ նավը գալիս է'],
  ['georgian', 'გემი', 'KA :: დიდი გემი მოდის'],
  ['georgian capital', 'ᲗᲑᲘᲚᲘᲡᲘ', 'KA :: თბილისი დიდია'],
  ['romanian ș', 'ştiinţă', 'RO :: Știință și'],
  ['latin ext', 'Hawaiʻi', 'H :: Hawaii island'],
];

const embedder = createSemanticEmbedder();
const { model, dimensions } = embedder;
let database: TestDatabase;
let ids: ReadonlyMap<string, string>;

beforeAll(async () => {
  database = await createTestDatabase();
  const { db } = database;
  const vectors = createVectorSpaces(db, { store: 'pgvector', model, dimensions }, null);
  const documents = cases.flatMap(([name, , ...texts]) =>
    texts.map((written, i) => {
      const [title = '', text = ''] = written.split(' :: ');
      return { id: `${name} ${i}`, title, text };
    }),
  );
  ids = await insertDocuments({ db, embedder, index: vectors.indexOf(vectors.configured) }, user, documents);
}, 120_000);
afterAll(async () => await database[Symbol.asyncDispose]());

test.each(cases)('%s', async (name, query) => {
  expect((await find(query))[0]).toBe(`${name} 0`);
});

test.each(['???', '& | !', '\u200b', '🦔'])('%j, which no document contains, finds nothing', async (query) => {
  expect(await find(query)).toEqual([]);
});

async function find(query: string): Promise<(string | undefined)[]> {
  const { db } = database;
  const vectors = createVectorSpaces(db, { store: 'pgvector', model, dimensions }, null);
  const deps = { db, embedderOf: () => embedder, vectors, reranker: null };
  const hits = await search(deps, user, { query, limit: 10 }, AbortSignal.timeout(60_000));
  return hits.map(({ documentId }) => ids.get(documentId));
}
