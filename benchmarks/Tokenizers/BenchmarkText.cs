using System;
using System.Text;

namespace Kiln.Tokenizers.Benchmarks;

/// <summary>
/// A text of many languages, the same bytes each time. Sentences are drawn from short word lists written for this project, frequent
/// words often and rare ones seldom (Zipf); one word in five is put together from the language's own syllables, so that the text has the
/// long tail of rare words that real text has. Now and then there are numbers, code, links and emoji.
/// </summary>
internal static class BenchmarkText
{
    private static readonly Language[] Languages =
    [
        new("the of and to a in that is was for it with as his on be at by had not are but from or have an they which one you were her all she there would their we him been has when who will more no if out so said what up its about into than them can only other new some could time these two may then do first any my now such like our over man me even most made after also did many before must through back years where much your way well down should because each just those people too little state good very make world still own see men work long here get both between life being under never day same another know while last might us great old year off come since against go came right used take three",
            "an ber con der ing tion ment pre al ous ly ver com st ra li ne ter ful es", " ", ". ", 5),
        new("der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch man sein wurde sei hatte kann gegen vom können schon wenn habe seine ihre dann unter wir soll ich eines Jahr zwei Jahren diese dieser wieder keine seiner worden will zwischen immer etwas sagte gibt alle Straße schön größer Übung",
            "ver ge be ent un lich keit ung sch mann haus er land heim stein bach ig schaft zeug werk", " ", ". ", 4),
        new("de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont avec son mais comme ou être cette fait ses deux aux même leur nous elle tout bien où sans peut ont été aussi très année après avant déjà français élève forêt garçon où là",
            "re con men té tion eur eau ille oir é pro ment ance dé trans sou gra vi lle que", " ", ". ", 4),
        new("de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me si sin sobre este ya entre cuando todo esta ser son dos también fue había era muy años hasta desde está mi porque qué sólo han yo hay vez puede todos así nos ni parte tiene él uno donde bien tiempo mismo ese ahora cada vida otro después niño señor corazón",
            "ción mente dad con re ta do ra es pre lla ño bra cer gra tes mun vi da ni", " ", ". ", 4),
        new("и в не на я быть он с что а по это она этот к но они мы весь который из у то за свой что весь год от так о для ты же все тот мочь вы человек такой его сказать только или ещё бы себя один как уже до время если сам когда другой вот говорить наш мой знать стать при чтобы дело жизнь кто первый очень два день её новый рука даже во со раз где там под можно ну какой после их работа без самый потом надо хотеть ли слово идти большой должен место иметь ничто",
            "про пере ство ние ный ость ский при раз вос ка ло ма ре ти го во ден чер лю", " ", ". ", 4),
        new("ที่ การ และ ใน เป็น ของ ได้ มี ว่า จะ ไม่ ให้ มา คน นี้ ไป วัน ก็ หรือ แต่ จาก โดย กับ ความ อยู่ ผู้ นั้น ทำ ต้อง แล้ว เมื่อ บ้าน น้ำ ภาษา ประเทศ",
            "กา ขอ คำ จัน ดี ตา ทาง นา บุญ ปี พร มือ รัก ลม สาย หมู", "", " ", 2),
        new("的 一 是 不 了 在 人 有 我 他 这 个 们 中 来 上 大 为 和 国 地 到 以 说 时 要 就 出 会 可 也 你 对 生 能 而 子 那 得 于 着 下 自 之 年 过 发 后 作 里 用 道 行 所 然 家 种 事 成 方 多 经 么 去 法 学 如 都 同 现 当 没 动 面 起 看 定 天 分 还 进 好 小 部 其 些 主 样 理 心 她 本 前 开 但 因 只 从 想 实",
            "龙 凤 山 水 云 雨 风 雪 松 竹 梅 兰 江 湖 海 桥 城 门 楼 塔", "", "。", 3),
        new("の に は を た が で て と し れ さ ある いる も する から な こと として い や れる など なっ ない この ため その あっ よう また もの という あり まで られ なる へ か だ これ によって により おり より による ず なり られる において ば なかっ なく しかし について 日本 時間 世界 学校 コンピュータ データ サービス システム",
            "か き く さくら みず やま かわ トウ キョ 東 京 大 学 ラン ピア ノ ス ター", "", "。", 3),
        new("이 그 수 것 들 나 하다 있다 되다 없다 않다 사람 우리 때 말 일 보다 같다 주다 대하다 가다 년 한 오다 알다 집 문제 사회 자신 생각 경우 때문 더 많다 크다 좋다 어떤 여자 남자 세계 시간 서울 학교 대한민국 그리고 그러나 하지만 안녕하세요 감사합니다",
            "가 나 다 라 마 바 사 자 한 국 민 정 신 음 악 산 들 길 빛 별", " ", ". ", 3),
        new("في من على أن إلى هذا التي عن مع كان ما هو هذه كل بعد لا ذلك قد بين عند حتى لم كما غير أو الذي يوم كانت قال أي إذا ولا أكثر ثم منذ خلال العالم الناس كتاب مدرسة بيت ماء شمس قمر حياة وقت عمل سنة لغة عربية",
            "ال مس تح ون ات ين كر حم عل سل نور با دا را فا قا لم مو", " ", ". ", 3),
        new("के में की है यह और से का को कि पर एक ने हैं भी इस नहीं तो ही हो या था गया कर लिए अपने बाद जो तक साथ कुछ वह दिया किया जा रहा समय लोग भारत दिन काम बात घर पानी सब अब कहा वाले जब बहुत दो अन्य वर्ष विश्व भाषा हिन्दी",
            "प्र वि सं का रा म न ता नी ज्ञा श्री धर्म क र ल स्थ", " ", "। ", 3),
        new("ve bir bu da de için ile çok daha gibi olarak en kadar sonra olan ne ama var o ki ise değil mi her şey iki ben zaman yeni göre kendi önce büyük gün yıl iyi şu nasıl çünkü güzel İstanbul Türkiye insanlar çocuk",
            "lar ler lik siz ca ci da ğı mak mek yor iş taş göz kar su yol bah çe", " ", ". ", 2),
    ];

    private static readonly string[] Code =
    [
        "for (int i = 0; i < count; i++) { sum += values[i] * 0x1F; }", "https://example.org/path/to/page?id=12345&lang=en#top", "def main(args):\n    return {k: v for k, v in args.items() if v is not None}",
        "{\"name\": \"kiln\", \"size\": [1, 2.5, -3e8], \"ok\": true}", "$ git commit -m \"fix: off by one\" && make -j8", "SELECT id, name FROM users WHERE age >= 18 ORDER BY name;", "user.name+tag@mail.example.com", "#include <stdio.h>", "    if x == y:\n\t\treturn None",
    ];

    private static readonly string[] Emoji = ["😀", "🎉", "👩‍👩‍👧‍👦", "🇩🇪", "❤️", "👍🏽", "🚀", "✨", "🤷‍♂️", "☕"];

    private static readonly string[] Inner = [", ", "; ", ": ", " - ", " (", ") ", ", "];

    /// <summary>The text: lines of a few sentences, each line in one language.</summary>
    /// <param name="bytes">Length as UTF-8, cut at the last whole line.</param>
    public static string Make(int bytes)
    {
        var random = new Random64(20240229);
        var text = new StringBuilder();
        int length = 0;
        int weights = 0;
        foreach (Language language in Languages)
        {
            weights += language.Weight;
        }

        while (true)
        {
            int pick = random.Below(weights);
            int index = 0;
            while (pick >= Languages[index].Weight)
            {
                pick -= Languages[index++].Weight;
            }

            string line = Line(Languages[index], random);
            length += Encoding.UTF8.GetByteCount(line) + 1;
            if (length > bytes)
            {
                return text.ToString();
            }

            text.Append(line).Append('\n');
        }
    }

    private static string Line(Language language, Random64 random)
    {
        var line = new StringBuilder();
        int sentences = 1 + random.Below(4);
        for (int i = 0; i < sentences; i++)
        {
            int words = 4 + random.Below(16);
            for (int j = 0; j < words; j++)
            {
                string word = Word(language, random);
                line.Append(j == 0 ? char.ToUpperInvariant(word[0]) + word[1..] : word);
                if (j + 1 < words)
                {
                    line.Append(random.Below(12) == 0 ? Inner[random.Below(Inner.Length)] : language.Space);
                }
            }

            line.Append(random.Below(10) == 0 ? (random.Below(2) == 0 ? "! " : "? ") : language.Stop);
            switch (random.Below(40))
            {
                case 0:
                    line.Append(Code[random.Below(Code.Length)].Replace("\n", " ", StringComparison.Ordinal)).Append(' ');
                    break;
                case 1:
                    line.Append(Emoji[random.Below(Emoji.Length)]).Append(' ');
                    break;
            }
        }

        return line.ToString().TrimEnd();
    }

    private static string Word(Language language, Random64 random)
    {
        int kind = random.Below(100);
        if (kind < 3)
        {
            return (random.Below(4) == 0 ? 1900 + random.Below(150) : random.Below(100000)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        if (kind < 22)
        {
            var word = new StringBuilder();
            for (int syllables = 2 + random.Below(3); syllables > 0; syllables--)
            {
                word.Append(language.Syllables[random.Below(language.Syllables.Length)]);
            }

            return word.ToString();
        }

        // about one over the rank
        double rank = Math.Exp(random.Unit() * Math.Log(language.Words.Length + 1)) - 1;
        return language.Words[Math.Min((int)rank, language.Words.Length - 1)];
    }

    private sealed class Language(string words, string syllables, string space, string stop, int weight)
    {
        public string[] Words { get; } = words.Split(' ');

        public string[] Syllables { get; } = syllables.Split(' ');

        public string Space => space;

        public string Stop => stop;

        public int Weight => weight;
    }

    /// <summary>SplitMix64: the same numbers with every runtime.</summary>
    private sealed class Random64(ulong state)
    {
        private ulong state = state;

        public int Below(int limit) => (int)(Next() % (uint)limit);

        public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

        private ulong Next()
        {
            state += 0x9E3779B97F4A7C15UL;
            ulong z = state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            return z ^ (z >> 31);
        }
    }
}
