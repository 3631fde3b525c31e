"""Which law is in force, how statute texts are read, and which citations are refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from rulebook.errors import Fault, RuleError
from rulebook.statutes import CitationTally, Laws, check_citation, chinese_number, has_figure, load_laws, read_articles
from rulebook.yamlfile import YamlFile, parse_yaml

ROOT = Path(__file__).resolve().parents[1]
TEXTS = ROOT.parent / "shared" / "law" / "texts"
OLD, NEW = date(2025, 12, 31), date(2026, 1, 1)

LIST = """
laws:
  甲法:
    issuer: 某机关
    versions:
      - {in_force_from: 2013-01-01, in_force_to: 2025-12-31, articles: 2, text: old.md, verified: true}
      - {in_force_from: 2026-01-01, articles: 4, text: new.md, verified: true}
  乙规定:
    issuer: 某机关
    versions:
      - {in_force_from: 2020-01-01, in_force_to: 2024-06-30, verified: false, note: 条数未核}
"""

TEXT = """\ufeff# 甲法

目　　录
第一章　总　　则
第二章　程　　序

第一章　总　　则

第一条　甲一。
第二条　甲二不超过八小时；复杂的不超过十二小时。
第二条规定的是另一回事，不是标题。
第三条第二款也不是。

## 第二章　程序

<b id="第三条">第三条</b> 有下列情形之一的，三日以内办结：

（一）情形一；

（二）情形二，４ ８ 小时以内；

1.分项，六百元；

（三）情形三。

依照[第一条](#第一条)办理的，可以延长至１３日。

第四条
另起一行，一千元以上二千元以下。
<!-- 完 -->
附件：
第五条　附件里的不算。
"""


def write_list(folder: Path, text: str = LIST) -> Path:
    (folder / "laws.yaml").write_text(text, encoding="utf-8")
    return folder


def refusals(folder: Path, text: str) -> list[str]:
    with pytest.raises(RuleError) as caught:
        load_laws(write_list(folder, text))
    return [fault.say("en") for fault in caught.value.faults]


def versions(*lines: str) -> str:
    return "laws:\n  甲法:\n    issuer: 某机关\n    versions:\n" + "".join(f"      - {line}\n" for line in lines)


class TestList:
    def test_the_version_changes_between_two_days(self, tmp_path):
        laws = load_laws(write_list(tmp_path))
        assert laws.version("甲法", date(2012, 12, 31)) is None
        assert laws.version("甲法", date(2013, 1, 1)).articles == 2
        assert laws.version("甲法", OLD).articles == 2
        assert laws.version("甲法", NEW).articles == 4
        assert laws.version("甲法", date(2099, 1, 1)).articles == 4
        assert laws.version("乙规定", date(2024, 6, 30)) is not None
        assert laws.version("乙规定", date(2024, 7, 1)) is None
        assert laws.version("丙法", NEW) is None

    def test_no_list_is_an_empty_list(self, tmp_path):
        assert load_laws(tmp_path) == Laws(exists=False)

    @pytest.mark.parametrize("first_end", ["", "in_force_to: 2026-01-01, ", "in_force_to: 2030-01-01, "])
    def test_overlap_is_refused(self, tmp_path, first_end):
        first = "{in_force_from: 2013-01-01, " + first_end + "verified: true}"
        (fault,) = refusals(tmp_path, versions(first, "{in_force_from: 2026-01-01, verified: true}"))
        assert "two versions of 甲法 are in force on 2026-01-01" in fault
        assert "laws.yaml:6:" in fault
        assert "in_force_to: 2025-12-31" in fault

    def test_neighbouring_days_do_not_overlap(self, tmp_path):
        first = "{in_force_from: 2013-01-01, in_force_to: 2025-12-31, verified: true}"
        text = versions(first, "{in_force_from: 2026-01-01, verified: true}")
        assert len(load_laws(write_list(tmp_path, text)).versions["甲法"]) == 2

    @pytest.mark.parametrize("later", ["2013-01-01", "2012-05-05"])
    def test_wrong_order_is_refused(self, tmp_path, later):
        first = "{in_force_from: 2013-01-01, in_force_to: 2013-01-01, verified: true}"
        (fault,) = refusals(tmp_path, versions(first, "{in_force_from: " + later + ", verified: true}"))
        assert "out of order" in fault

    def test_ends_before_it_starts(self, tmp_path):
        (fault,) = refusals(tmp_path, versions("{in_force_from: 2013-01-02, in_force_to: 2013-01-01, verified: true}"))
        assert "before it starts" in fault

    def test_one_day_in_force_is_fine(self, tmp_path):
        assert load_laws(write_list(tmp_path, versions("{in_force_from: 2013-01-01, in_force_to: 2013-01-01, verified: true}"))).exists

    def test_all_faults_at_once(self, tmp_path):
        text = versions("{in_force_from: 2013-02-30, verified: true}",
                        "{in_force_from: 2014-01-01, in_force_to: 2014-13-01, verified: true}",
                        "{in_force_from: 2015-01-01, verified: false}")
        faults = refusals(tmp_path, text)
        assert [part in fault for part, fault in zip(("2013-02-30", "2014-13-01", "has no note"), faults, strict=True)] == [True] * 3
        assert [f"laws.yaml:{line}:" in fault for line, fault in zip((5, 6, 7), faults, strict=True)] == [True] * 3

    def test_the_form_is_checked(self, tmp_path):
        faults = refusals(tmp_path, versions("{in_force_from: 2013-1-1, verified: true, articles: 0, text: ../a.md, wrong: 1}"))
        assert len(faults) == 4

    def test_duplicate_names_are_refused(self, tmp_path):
        one = "  甲法: {issuer: 某机关, versions: [{in_force_from: 2013-01-01, verified: true}]}\n"
        (fault,) = refusals(tmp_path, "laws:\n" + one + one)
        assert "duplicate key “甲法”" in fault

    def test_the_full_title_is_refused(self, tmp_path):
        text = "laws:\n  中华人民共和国甲法: {issuer: 某机关, versions: [{in_force_from: 2013-01-01, verified: true}]}\n"
        (fault,) = refusals(tmp_path, text)
        assert "write 甲法" in fault


class TestNumbers:
    @pytest.mark.parametrize(("numeral", "value"), [
        ("一", 1), ("十", 10), ("十一", 11), ("二十", 20), ("九十七", 97), ("一百", 100), ("一百零八", 108), ("一百一十", 110),
        ("一百四十四", 144), ("二百零五", 205), ("二百〇五", 205), ("三百八十八", 388), ("六百八十四", 684), ("四千", 4000),
        ("一千零一", 1001), ("一万", 10000),
        ("三万五千", 35000), ("两", 2), ("二○○四", 2004), ("97", 97), ("９７", 97), ("3万", 30000),
    ])
    def test_value(self, numeral, value):
        assert chinese_number(numeral) == value

    @pytest.mark.parametrize("numeral", ["", "甲", "十甲", "万", "3十"])
    def test_no_numeral(self, numeral):
        with pytest.raises(ValueError, match="numeral"):
            chinese_number(numeral)

    @pytest.mark.parametrize(("text", "figure", "there"), [
        ("限３日内", "三日", True), ("限 3 日内", "三日", True), ("限三日内", "3日", True), ("限十三日内", "三日", False),
        ("限13日内", "三日", False),
        ("限三十日内", "三日", False), ("一日至四日", "一日至四日", True), ("处４０００元", "四千元", True),
        ("处一万四千元", "四千元", False),
        ("共二十", "二", False), ("甲乙", "", False), ("三十日内", "日内", True),
    ])
    def test_figure(self, text, figure, there):
        assert has_figure(text, figure) is there


class TestTexts:
    def read(self, tmp_path, text, encoding="utf-8"):
        path = tmp_path / "text.md"
        path.write_bytes(text.encode(encoding))
        return read_articles(path)

    def test_paragraphs_and_items(self, tmp_path):
        articles = self.read(tmp_path, TEXT)
        assert list(articles) == [1, 2, 3, 4]
        assert articles[1].paragraphs == ("甲一。",)
        assert [paragraph[:6] for paragraph in articles[2].paragraphs] == ["甲二不超过八", "第二条规定的", "第三条第二款"]
        assert len(articles[3].paragraphs) == 2
        assert articles[3].paragraphs[0].count("\n") == 4
        assert articles[3].paragraphs[1].startswith("依照第一条办理")
        assert articles[4].paragraphs == ("另起一行，一千元以上二千元以下。",)

    @pytest.mark.parametrize("heading", [
        "第{}条　", "第{}条 ", "  第{}条\u2002", "**第{}条** ", "### 第{}条\n", '<b id="第{}条">第{}条</b> ', "第{}条：",
    ])
    @pytest.mark.parametrize("numerals", [("一", "二"), ("1", "2"), ("１", "２")])
    def test_heading_forms(self, tmp_path, heading, numerals):
        articles = self.read(tmp_path, "\r\n".join(heading.replace("{}", numeral) + "文" for numeral in numerals))
        assert {number: article.paragraphs for number, article in articles.items()} == {1: ("文",), 2: ("文",)}

    def test_a_missing_article_is_tolerated_and_a_jump_is_no_heading(self, tmp_path):
        articles = self.read(tmp_path, "第一条 文\n第三条 文\n第二十条 规定的事项\n第二条 也是引用\n第四条 文")
        assert list(articles) == [1, 3, 4]
        assert len(articles[3].paragraphs) == 3

    def test_an_inserted_article_does_not_spill(self, tmp_path):
        articles = self.read(tmp_path, "第一条 文\n第一条之一 插入\n插入二款\n第二条 文")
        assert {number: len(article.paragraphs) for number, article in articles.items()} == {1: 1, 2: 1}

    def test_divisions_are_no_paragraphs(self, tmp_path):
        articles = self.read(tmp_path, "第一条 文\n第二编　分则\n第一章 总则\n　　第一节　一般\n附　　则\n第二条 文")
        assert [len(article.paragraphs) for article in articles.values()] == [1, 1]

    def test_old_chinese_encoding(self, tmp_path):
        assert self.read(tmp_path, "第一条　文", "gb18030")[1].paragraphs == ("文",)

    def test_no_articles(self, tmp_path):
        assert self.read(tmp_path, "没有条文\n") == {}


class TestCitations:
    @pytest.fixture
    def laws(self, tmp_path) -> Laws:
        (tmp_path / "new.md").write_text(TEXT, encoding="utf-8")
        return load_laws(write_list(tmp_path))

    def check(self, laws: Laws, texts: Path | None, effective: date, until: date | None, tally: CitationTally | None = None, **citation):
        basis = ", ".join(f"{key}: {value}" for key, value in citation.items())
        file: YamlFile = parse_yaml(f"code: X\nversions:\n  - basis:\n      - {{{basis}}}\n", "rule.yaml")
        where = ("versions", 0, "basis", 0)
        return check_citation(laws, texts, file.data["versions"][0]["basis"][0], effective, until, file, where, tally)

    def test_sound(self, laws, tmp_path):
        tally = CitationTally()
        assert self.check(laws, tmp_path, NEW, None, tally, law="甲法", article=2, paragraph=1, figures="[八小时, 12小时]") == []
        assert tally == CitationTally(checked=1)

    def one(self, faults: list[Fault]) -> str:
        (fault,) = faults
        assert (fault.path, fault.line) == ("rule.yaml", 4)
        assert fault.what.zh != fault.what.en
        return fault.say("en")

    def test_law_not_listed(self, laws):
        assert "does not list 丙法" in self.one(self.check(laws, None, NEW, None, law="丙法", article=1))

    def test_not_in_force(self, laws):
        assert "in force on 2012-12-31" in self.one(self.check(laws, None, date(2012, 12, 31), OLD, law="甲法", article=1))
        assert "in force on 2024-07-01" in self.one(self.check(laws, None, date(2024, 7, 1), None, law="乙规定", article=1))

    def test_the_law_changes_while_the_rule_is_effective(self, laws):
        start = date(2013, 1, 1)
        assert self.check(laws, None, start, NEW, law="甲法", article=1) == []
        assert self.check(laws, None, start, OLD, law="甲法", article=1) == []
        assert "effective: 2026-01-01" in self.one(self.check(laws, None, start, date(2026, 1, 2), law="甲法", article=1))
        assert "effective: 2026-01-01" in self.one(self.check(laws, None, OLD, None, law="甲法", article=1))

    def test_the_law_ends_while_the_rule_is_effective(self, laws):
        start = date(2020, 1, 1)
        assert self.check(laws, None, start, date(2024, 7, 1), law="乙规定", article=1) == []
        assert "not in force after 2024-06-30" in self.one(self.check(laws, None, start, date(2024, 7, 2), law="乙规定", article=1))

    def test_article_count(self, laws):
        assert self.check(laws, None, NEW, None, law="甲法", article=4) == []
        assert "has 4 articles" in self.one(self.check(laws, None, NEW, None, law="甲法", article=5))
        assert "has 4 articles" in self.one(self.check(laws, None, NEW, None, law="甲法", article=0))
        assert "has 2 articles" in self.one(self.check(laws, None, OLD, NEW, law="甲法", article=4))

    def test_unknown_count_allows_any_article(self, laws):
        assert self.check(laws, None, date(2020, 1, 1), date(2024, 1, 1), law="乙规定", article=999) == []

    def test_article_missing_in_the_text(self, laws, tmp_path):
        (tmp_path / "new.md").write_text("第一条 文\n第三条 文", encoding="utf-8")
        assert "not in the text new.md" in self.one(self.check(laws, tmp_path, NEW, None, law="甲法", article=2))

    def test_paragraphs(self, laws, tmp_path):
        assert self.check(laws, tmp_path, NEW, None, law="甲法", article=3, paragraph=2, figures="[十三日]") == []
        assert "no paragraph 3" in self.one(self.check(laws, tmp_path, NEW, None, law="甲法", article=3, paragraph=3))
        assert "no paragraph 0" in self.one(self.check(laws, tmp_path, NEW, None, law="甲法", article=3, paragraph=0))

    def test_figures_of_the_cited_paragraph_only(self, laws, tmp_path):
        assert self.check(laws, tmp_path, NEW, None, law="甲法", article=3, figures="[三日, 十三日]") == []
        assert "十三日" in self.one(self.check(laws, tmp_path, NEW, None, law="甲法", article=3, paragraph=1, figures="[三日, 十三日]"))
        assert len(self.check(laws, tmp_path, NEW, None, law="甲法", article=3, figures="[四日, 五日]")) == 2

    @pytest.mark.parametrize("item", [2, "二", "（二）", "第二项"])
    def test_items(self, laws, tmp_path, item):
        figures = "[三日, 四十八小时, 六百元]"
        assert self.check(laws, tmp_path, NEW, None, law="甲法", article=3, paragraph=1, item=item, figures=figures) == []

    @pytest.mark.parametrize("item", [4, "四", "（四）", "丁"])
    def test_item_that_is_not_there(self, laws, tmp_path, item):
        assert "has no item" in self.one(self.check(laws, tmp_path, NEW, None, law="甲法", article=3, item=item))
        assert "has no item" in self.one(self.check(laws, tmp_path, NEW, None, law="甲法", article=3, paragraph=2, item=1))

    def test_figures_of_the_cited_item_only(self, laws, tmp_path):
        assert "48小时" in self.one(self.check(laws, tmp_path, NEW, None, law="甲法", article=3, item=3, figures="[三日, 48小时]"))

    def test_without_the_text_only_the_list_counts(self, laws, tmp_path):
        tally = CitationTally()
        assert self.check(laws, None, NEW, None, tally, law="甲法", article=3, paragraph=9, figures="[九日]") == []
        assert self.check(laws, tmp_path / "none", NEW, None, tally, law="甲法", article=3, paragraph=9) == []
        assert self.check(laws, tmp_path, OLD, NEW, tally, law="甲法", article=1, figures="[九日]") == []
        assert tally == CitationTally(listed_only=3)

    def test_without_a_list_nothing_is_refused(self, tmp_path):
        tally = CitationTally()
        assert self.check(Laws(exists=False), tmp_path, NEW, None, tally, law="任何法", article=9) == []
        assert tally == CitationTally(unchecked=1)

    def test_a_changed_text_is_read_again(self, laws, tmp_path):
        assert self.check(laws, tmp_path, NEW, None, law="甲法", article=1, figures="[五日]") != []
        (tmp_path / "new.md").write_text("第一条 五日。\n附注", encoding="utf-8")
        assert self.check(laws, tmp_path, NEW, None, law="甲法", article=1, figures="[五日]") == []


@pytest.fixture(scope="module")
def laws() -> Laws:
    return load_laws(ROOT / "rules")


class TestListOfThisRepository:
    def test_change_of_the_public_security_penalties_law(self, laws):
        assert laws.version("治安管理处罚法", OLD).articles == 119
        assert laws.version("治安管理处罚法", NEW).articles == 144
        assert laws.version("治安管理处罚法", date(2012, 12, 31)) is None

    @pytest.mark.parametrize(("article", "count"), [(144, 0), (145, 1)])
    def test_last_article(self, laws, article, count):
        file = parse_yaml("code: X", "rule.yaml")
        assert len(check_citation(laws, None, {"law": "治安管理处罚法", "article": article}, NEW, None, file, ())) == count

    def test_change_of_the_administrative_case_rules(self, laws):
        name = "公安机关办理行政案件程序规定"
        assert laws.version(name, date(2018, 12, 31)) is None
        assert laws.version(name, date(2019, 1, 1)) == laws.version(name, date(2020, 8, 5))
        assert laws.version(name, date(2020, 8, 6)).in_force_to is None

    def test_no_fragment_is_used_as_a_text(self, laws):
        names = [version.text for versions in laws.versions.values() for version in versions if version.text]
        assert len(names) == len(set(names))
        assert not [name for name in names if "PARTIAL" in name or "SECONDARY" in name]


# The stored text of this law has no article 128
LACKING = {"刑事诉讼法": {128}}


@pytest.mark.skipif(not TEXTS.is_dir(), reason=f"no folder of statute texts at {TEXTS}")
class TestRealTexts:
    def test_every_text_has_the_listed_articles(self, laws):
        read = [version for versions in laws.versions.values() for version in versions if version.text]
        assert len(read) >= 30
        for version in read:
            articles = read_articles(TEXTS / version.text)
            assert set(articles) == set(range(1, version.articles + 1)) - LACKING.get(version.law, set()), version.text
            assert all(article.paragraphs for article in articles.values()), version.text

    @pytest.mark.parametrize(("on", "law", "place", "figures"), [
        (NEW, "治安管理处罚法", (97, 1, None), ["八小时", "十二小时", "二十四小时"]),
        (OLD, "治安管理处罚法", (83, 1, None), ["八小时", "二十四小时"]),
        (OLD, "治安管理处罚法", (99, 1, None), ["三十日"]),
        (NEW, "治安管理处罚法", (118, 1, None), ["三十日", "二次"]),
        (NEW, "治安管理处罚法", (117, 1, None), ["四千元"]),
        (OLD, "治安管理处罚法", (98, 1, None), ["二千元"]),
        (NEW, "刑事诉讼法", (91, 1, None), ["三日", "一日至四日"]),
        (NEW, "刑事诉讼法", (91, 2, None), ["三十日"]),
        (NEW, "刑事诉讼法", (91, None, None), ["三日", "一日至四日", "三十日"]),
        (NEW, "刑事诉讼法", (79, 1, None), ["十二个月"]),
        (NEW, "刑事诉讼法", (85, 2, None), ["二十四小时"]),
        (NEW, "公安机关办理行政案件程序规定", (190, 1, None), ["二十四小时"]),
        (date(2020, 8, 5), "公安机关办理行政案件程序规定", (190, 1, None), ["二十四小时"]),
        (NEW, "公安机关办理行政案件程序规定", (36, 1, 2), ["二日", "七日"]),
        (NEW, "公安机关办理刑事案件程序规定", (129, 2, None), ["三十日"]),
        (NEW, "行政处罚法", (64, 1, 2), ["七日"]),
    ])
    def test_known_citations_hold(self, laws, on, law, place, figures):
        article, paragraph, item = place
        citation = {"law": law, "article": article, "paragraph": paragraph, "item": item, "figures": figures}
        tally = CitationTally()
        until = NEW if on == OLD else date(2020, 8, 6) if on < OLD else None
        assert check_citation(laws, TEXTS, citation, on, until, parse_yaml("code: X", "rule.yaml"), (), tally) == []
        assert tally.checked == 1

    @pytest.mark.parametrize(("on", "article", "paragraph", "figure"), [
        (OLD, 83, 1, "十二小时"), (NEW, 97, 2, "八小时"), (NEW, 97, 4, "八小时"), (OLD, 99, 1, "二次"), (NEW, 117, 1, "二千元"),
    ])
    def test_wrong_citations_do_not(self, laws, on, article, paragraph, figure):
        citation = {"law": "治安管理处罚法", "article": article, "paragraph": paragraph, "figures": [figure]}
        assert len(check_citation(laws, TEXTS, citation, on, NEW if on == OLD else None, parse_yaml("code: X", "rule.yaml"), ())) == 1
