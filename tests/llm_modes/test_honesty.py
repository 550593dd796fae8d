import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_modes.evaluate_answer import honesty
from llm_modes.evaluate_answer.honesty import highest_score, own_words
from llm_modes.language.folding import Folded, is_mark, spoken

ANSWER = "Well, I owned the\n ‘payment’-service — and cut p95 by 92% when 1 < 2 & it worked. I started early."


@pytest.mark.parametrize(
    "quote",
    [
        "I owned",
        "i owned THE 'payment'-service",
        "“cut p95 by 92%”",
        "… cut p95 by 92% …",
        "service - and cut",
        "when 1 &lt; 2 &amp; it worked",
        "it worked.",
    ],
)
def test_what_was_said_counts_whatever_its_case_spaces_and_marks(quote):
    assert own_words(quote, Folded(ANSWER))


@pytest.mark.parametrize("quote", ["cut p95 by 93%", "art", "", "…", '" "', "I owned the payment service", "early I"])
def test_what_was_not_said_is_found_out(quote):
    assert not own_words(quote, Folded(ANSWER))


@pytest.mark.parametrize(
    ("quote", "answer", "own"),
    [
        ("将响应时间从两秒缩短到", "我与团队一起将响应时间从两秒缩短到八十毫秒。", "将响应时间从两秒缩短到"),
        ("「我负责 API 网关」", "2021年我负责API网关的设计", "我负责API网关"),
        ("担当しました", "私は決済サービスの移行を担当しました。", "担当しました"),
        ("ย้ายระบบ", "ฉันรับผิดชอบการย้ายระบบชำระเงิน", "ย้ายระบบ"),
        ("결제 서비스", "저는 결제 서비스를 옮겼습니다", "결제 서비스"),
        ("résumé", "I sent my re\u0301sume\u0301 first", "re\u0301sume\u0301"),
        ("re\u0301sume\u0301", "I sent my résumé first", "résumé"),
        ("I didn't stop", "Then I didn’t\xa0stop.", "I didn’t\xa0stop"),
        ("it was really late", "And it was **really** late.", "it was **really** late"),
        ("it was **really** late", "And it was really late.", "it was really late"),
        ("service-and cut", "the service — and cut it", "service — and cut"),
        ("first... then", "first… then second", "first… then"),
        ("80 ms", "down to ８０\u3000ｍｓ now", "８０\u3000ｍｓ"),
        ("“it worked.”", "It worked. I left.", "It worked."),
        ("...it worked!", "It worked. I left.", "It worked"),
        ("co-operate", "we co\xad-\u200boperate well", "co\xad-\u200boperate"),
        ("cost < 3 & rising", "the cost < 3 & rising", "cost < 3 & rising"),
        ("in C++", "I wrote it in C++ then", "in C++"),
        ("मैंने भुगतान सेवा", "तब मैंने भुगतान सेवा बदली", "मैंने भुगतान सेवा"),
        ("मैंने सेवा बदली।", "तब मैंने सेवा बदली", "मैंने सेवा बदली"),
        ("خدمة الدفع", "نَقَلْتُ خِدْمَةَ الدَّفْعِ ثُمَّ قِسْتُ", "خِدْمَةَ الدَّفْعِ"),
        ("【決済を担当】", "決済を担当しました", "決済を担当"),
        ("# owned the", "I **owned** the `pay_service`", "**owned** the"),
        ("❝the pay_service❞", "I owned the `pay_service`.", "the `pay_service`"),
        ("it&#39;s &quot;done&quot;", 'And it’s "done".', 'it’s "done"'),
        ("~~Go C#~~", "I know C++, Go, C#.", ""),
        ("then C#", "First C++, then C#.", "then C#"),
        ("by 1.5%", "cut by 1.5% or so", "by 1.5%"),
    ],
)
def test_a_quote_is_shown_as_the_candidate_typed_it(quote, answer, own):
    assert own_words(quote, Folded(answer)) == own


@pytest.mark.parametrize(
    ("quote", "answer"),
    [
        ("하", "한국에서 일했습니다"),
        ("か", "がんばりました"),
        ("क", "की बात"),
        ("e", "é"),
        ("102 users", "10² users"),
        ("我负责设计", "我负责支付设计"),
        ("resume", "I sent my résumé"),
        ("wrote it in C", "I wrote it in C++"),
        ("wrote it in C+", "I wrote it in C++"),
        ("cut by 1", "cut by 1.5 s"),
        ("000 users", "for 1,000 users"),
        *(
            (signs, "a - b ** c — d… # e, f; g_h `i` + 1 = 2 & 3。")
            for signs in "**|—|-|…|#|,|;|_|`|+|=|&amp;|。|\u200b".split("|")
        ),
    ],
)
def test_half_a_letter_and_other_words_were_not_said(quote, answer):
    assert own_words(quote, Folded(answer)) == ""


@pytest.mark.parametrize(
    "answer",
    [
        "Ich weiß es leider nicht.",
        "keine Ahnung",
        "KEINE AHNUNG, sorry!",
        "Das weiss ich ehrlich gesagt nicht so genau …",
        "je ne sais pas du tout",
        "Désolée, aucune idée.",
        "J’ai aucune idée",
        "no lo sé",
        "No sé, la verdad",
        "No, no lo sé.",
        "Não sei, desculpe",
        "nao sei",
        "Non lo so",
        "boh",
        "Ik weet het echt niet",
        "Nie wiem, przepraszam",
        "Я не знаю ответа на этот вопрос",
        "не знаю, что сказать",
        "понятия не имею",
        "На жаль, я не знаю.",
        "Bilmiyorum",
        "Maalesef hiçbir fikrim yok",
        "لا أعرف",
        "للأسف لا اعرف الإجابة",
        "نمی\u200cدانم",
        "לא יודעת, מצטערת",
        "मुझे नहीं पता",
        "माफ़ कीजिए, मुझे इसका उत्तर नहीं पता है।",
        "我不知道",
        "对不起，这个问题我真的不知道怎么回答。",
        "不太清楚…",
        "我不知道。不知道。",
        "わかりません",
        "すみません、ちょっと分かりません。",
        "申し訳ありませんが、存じません",
        "모르겠습니다",
        "죄송합니다. 잘 모르겠어요.",
        "ไม่ทราบค่ะ",
        "Không biết ạ".removesuffix(" ạ"),
        "saya tidak tahu",
        "Δεν ξέρω",
        "Vet inte, tyvärr",
        "nevím",
        "nem tudom",
        "Sorry, geen idee",
        "no tengo la menor idea",
        "не имею ни малейшего понятия",
        "わかりませんでした",
        "I don’t\u200b know",
        "Ｉ ｄｏｎ’ｔ ｋｎｏｗ",
        # Several languages, and signs that say nothing.
        "I don't know. 我不知道。",
        "我不知道 I don't know",
        "Je ne sais pas, I don't know",
        "Sorry, 不知道",
        "1. **No sé**\n2. I do not know",
        "“لَا أَعْرِفُ”",
        "🤷 わかりません!!!",
        "BİLMİYORUM",
        "نمي‌دانم",
    ],
)
def test_a_dont_know_answer_gets_at_most_1_in_the_languages_of_candidates(answer):
    assert highest_score(answer) == 1


@pytest.mark.parametrize(
    "answer",
    [
        "Ich weiß nicht alles, aber ich frage nach und messe es dann.",
        "我不知道答案，但是我会先查文档，然后问同事",
        "我会",
        "わからないことはすぐ調べます",
        "No sé Kafka, pero sé RabbitMQ",
        "Je ne sais pas programmer en C",
        "Не знаю Java, знаю Go",
        "لا أعرف كافكا لكن أعرف ربيت",
        "모르는 것은 물어봅니다",
        "Sorry",
        "對不起",
        "I don't know. 我会查文档。",
        "我不知道。But I would ask.",
        "我会说「我不知道」",
        "I told the patient: I do not know, and then I asked",
        'I would say "I don\'t know"',
        "I'd honestly say: I don't know.",
        "I don't know the exact figure, but we cut costs by half",
        "No idea is bad",
        "No.",
    ],
)
def test_a_short_answer_that_says_more_than_not_knowing_gets_at_most_3(answer):
    assert highest_score(answer) == 3


def test_a_long_answer_that_says_somewhere_that_something_is_not_known_may_get_any_mark():
    german = "Das weiß ich nicht mehr genau, aber wir haben damals den Index ergänzt, gemessen und die Zeit halbiert."
    chinese = "具体的数字我不知道，但是我和团队一起重写了支付服务，把响应时间从两秒降到了八十毫秒，之后没有再出过故障。"
    assert highest_score(german) == highest_score(chinese) == 10


@pytest.mark.parametrize(
    "answer",
    [
        "I don't know",
        "i dont know.",
        "I do not know the answer",
        "I really don’t know, sorry!",
        "Um, I have no idea",
        "No idea.",
        "pass",
        "Skip this one",
        "dunno",
        "idk",
        "N/A",
        "not sure",
        "Honestly I can't think of an example right now",
        "I have no clue at all",
        "Sorry, I can't answer that.",
        "I don´t know",
        "I haven't the faintest idea.",
        "Good question. My mind is blank.",
        "I'm sorry but I honestly do not know the answer to that question at the moment, sorry",
        "No, I'm not sure." + " " * 300 + "!" * 300,
    ],
)
def test_a_dont_know_answer_gets_at_most_1(answer):
    assert highest_score(answer) == 1


@pytest.mark.parametrize(
    "answer",
    [
        "I don't know Kafka, but I know RabbitMQ",
        "I pass the parcel",
        "Not sure about the date, but in 2020 I led it",
        "I measured it and fixed it",
        "ok",
    ],
)
def test_a_short_answer_gets_at_most_3(answer):
    assert highest_score(answer) == 3


def test_fifteen_words_may_get_any_mark():
    assert highest_score(" ".join(["word"] * 14)) == 3
    assert highest_score(" ".join(["word"] * 15)) == 10


def test_a_long_answer_that_begins_with_not_knowing_may_get_any_mark():
    assert highest_score("I don't know the exact number, but I measured it " + "and wrote it down " * 5) == 10


STRONG = {
    "Chinese with a year": "2021年我负责支付系统的迁移，API网关由我设计，3个月上线，延迟从2秒降到80毫秒，事故少九成。",
    "Chinese": "我先看了监控，找到一条慢查询，和两位同事加了索引，三周后响应时间从两秒降到了八十毫秒。",
    "Japanese with a year": "2021年に決済の移行を担当しました。APIの応答時間を計測し、2秒から80ミリ秒に短縮しました。",
    "Thai": "ฉันรับผิดชอบการย้ายระบบชำระเงิน วัดเวลาตอบสนอง แล้วลดจากสองวินาทีเหลือแปดสิบมิลลิวินาทีภายในสามเดือน",
    "Khmer": "ខ្ញុំបានផ្លាស់ប្តូរប្រព័ន្ធទូទាត់ប្រាក់ ហើយបានវាស់ពេលវេលាឆ្លើយតប រួចកាត់បន្ថយវាមកត្រឹមមួយវិនាទី",
    "Korean": "결제 서비스 이전을 맡아 응답 시간을 재고 느린 쿼리를 찾아 석 달 안에 이 초에서 일 초로 줄였습니다",
    "Arabic": "توليت نقل خدمة الدفع وقست زمن الاستجابة ثم وجدت استعلاما بطيئا فأضفت فهرسا وخفضت الزمن إلى ثانية",
    "Korean without spaces": "결제서비스이전을맡아응답시간을재고느린쿼리를찾아석달안에이초에서일초로줄였습니다기뻤어요",
    "Amharic with its marks": "የክፍያ፡አገልግሎቱን፡ወደ፡አዲስ፡አዛወርኩ፡የምላሽ፡ጊዜውን፡ለካሁ፡መጠይቅ፡አገኘሁ፡መረጃ፡ጠቋሚ፡ጨመርኩ፡እና፡ቀነስኩ።",
    "arrows": "profiled→found N+1→batched→cached→p95 2s→80ms→fewer incidents→wrote runbook→taught team→reviews",
    "Hindi": "मैंने भुगतान सेवा बदली, समय मापा, धीमी क्वेरी खोजी, सूचकांक जोड़ा और तीन महीने में समय दो सेकंड से घटाया",
}
SHORT = {
    "Chinese of 18 characters": "我在那个项目里负责后端的开发和测试",
    "Chinese of 18 small words": "我在那个时候也不知道该怎么去做才好呢",
    "Chinese that begins with a year": "2021年我负责API网关的设计",
    "Japanese": "私は決済サービスの移行を担当しました。",
    "Thai": "ฉันรับผิดชอบการย้ายระบบ",
    "Korean": "저는 결제 서비스 이전을 맡았습니다",
    "German": "Ich verantwortete die Kraftfahrzeughaftpflichtversicherungsabrechnung und den Zahlungsverkehr",
    "one character again and again": "我" * 20,
    "Chinese with characters of choice": "\ufe0f".join("我在那个项目里负责后端的开发和测试"),
    "Thai with breaks": "\u200b".join("ฉันรับผิดชอบการย้ายระบบ"),
    "Amharic": "የክፍያ፡አገልግሎቱን፡ወደ፡አዲስ፡ሥርዓት፡አዛወርኩ።",
}


@pytest.mark.parametrize("answer", STRONG.values(), ids=STRONG)
def test_an_answer_of_some_length_may_get_any_mark_in_any_script(answer):
    assert highest_score(answer) == 10


@pytest.mark.parametrize("answer", SHORT.values(), ids=SHORT)
def test_a_short_answer_gets_at_most_3_in_any_script(answer):
    assert highest_score(answer) == 3


# How a passage comes back from a model: in other forms, marks and spaces, always the same words.
RETOLD = {
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "compatible": lambda text: unicodedata.normalize("NFKC", text),
    "capitals": str.upper,
    "bold": lambda text: f"**{text}**",
    "quoted": lambda text: f"“{text}”",
    "in guillemets": lambda text: f"« {text} »",
    "in corners": lambda text: f"『{text}。』",
    "in brackets": lambda text: f"［…］ {text} 》",
    "a bullet": lambda text: f"• {text}؟",
    "a heading": lambda text: f"## {text}:",
    "broken": lambda text: text.replace(" ", "\n"),
    "narrow spaces": lambda text: text.replace(" ", "\u202f"),
    "unseen": lambda text: "\u00ad".join(text),
    "isolated": lambda text: f"\u2068{text}\u2069",
}


@given(st.sampled_from(sorted({**STRONG, **SHORT}.values())), st.sampled_from(sorted(RETOLD)), st.data())
def test_a_passage_is_found_however_it_is_retold_and_shown_as_it_was_typed(answer, form, data):
    places = [place for place in range(len(answer)) if answer[place].isalnum() and not is_mark(answer[place])]
    cuts = [place for place in places if honesty._may_end(answer.lower(), place)]
    first = data.draw(st.sampled_from(cuts))
    end = data.draw(st.sampled_from([place for place in cuts if place > first] or [len(answer)]))
    passage = answer[first:end].strip(" .,;:→،。、፡።！")

    own = own_words(RETOLD[form](passage), Folded(answer))
    assert own in answer and spoken(own) == spoken(passage)


def test_punctuation_is_no_word():
    assert highest_score("- . - . - . - . - . - . - . - . - . done") == 3


@pytest.mark.parametrize(
    "again",
    [
        "the answer to that ",
        "how to answer that ",
        "about that ",
        "what to say an answer ",
        "at all of it, ",
        "any an a ",
    ],
)
def test_a_long_answer_made_to_be_hard_to_read_is_read_quickly(again):
    started = time.process_time()
    highest_score("I don't know " + again * 600 + "x")
    highest_score("um, " * 3000 + again * 30 + "no idea" + "!" * 9000 + "x")
    assert time.process_time() - started < 1


def test_a_language_without_spaces_is_not_capped_for_that():
    assert highest_score("我负责支付服务的迁移，与团队一起将响应时间从两秒缩短到八十毫秒。") == 10
