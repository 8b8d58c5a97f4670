#include "lint/documents.hpp"
#include "support/scratch_dir.hpp"

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/error.hpp>
#include <trunkline/sync/lint_files.hpp>

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

using namespace trunkline;
using namespace trunkline::test;
namespace fs = std::filesystem;

namespace {

class lint_folder {
public:
    void write(std::string const& name, std::string const& text) const
    {
        auto const file = dir.path() / name;
        fs::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << text;
    }
    void write(lint_document const& d) const
    {
        write(d.file, json::to_text(d.document, json::style::pretty));
    }
    sync::lint_report lint(retell::lint_config const& c = {}) const
    {
        std::vector<fs::path> const paths{dir.path()};
        return sync::lint_files(paths, c);
    }
    scratch_dir dir;
};

} // namespace

TEST_CASE("lint files: a bundle is read with its prompts, and its references go by name")
{
    lint_folder f;
    auto agent = good_agent(), llm = good_llm();
    json::pointer("/response_engine")
        .set(agent.document, json::object{{"type", "retell-llm"}, {"llm_id", "@llms/reception"}});
    json::pointer("/states/1/tools/0/agent_id").set(llm.document, "@agents/reception");
    json::pointer("/general_prompt").set(llm.document, "@file:reception.prompt.md");
    f.write(agent);
    f.write(llm);
    f.write("llms/reception.prompt.md", "Du bist der Empfang. TODO\n");
    auto report = f.lint();
    INFO(text_of(report.findings));
    CHECK(report.documents == 2);
    CHECK(report.errors == 0);
    REQUIRE(report.warnings == 1);
    CHECK(report.findings[0].rule == "placeholder-text");
    fs::remove(f.dir.path() / "llms/reception.prompt.md");
    fs::rename(f.dir.path() / "agents/reception.json", f.dir.path() / "agents/renamed.json");
    report = f.lint();
    CHECK(count_rule(report.findings, "unreadable") == 1);         // the prompt
    CHECK(count_rule(report.findings, "dangling-reference") == 1); // the LLM could not be read
}

TEST_CASE("lint files: a file that is no JSON is a finding with its place, the others are read")
{
    lint_folder f;
    f.write(good_llm());
    f.write("flows/broken.json", "{\n  \"nodes\": [,]\n}");
    auto const report = f.lint();
    REQUIRE(count_rule(report.findings, "unreadable") == 1);
    CHECK(report.findings[0].file == "flows/broken.json");
    CHECK(report.findings[0].message.find("line 2") != std::string::npos);
    CHECK(report.documents == 2);
}

TEST_CASE("lint files: loose documents are of the kind their members suggest")
{
    lint_folder f;
    f.write("a.json", json::to_text(good_agent().document));
    f.write("b.json", json::to_text(good_flow().document));
    f.write("c.json", json::to_text(good_llm().document));
    f.write("d.json", json::to_text(good_number().document));
    f.write(sync::lint_config_name, R"({"rules": {"edge-open": "off"}})");
    auto report = f.lint();
    INFO(text_of(report.findings));
    CHECK(report.documents == 4);
    CHECK(report.findings.empty());
    f.write("e.json", R"({"name": "package", "version": "1.0.0"})");
    CHECK(f.lint().errors == 1);
    std::vector<fs::path> const one{f.dir.path() / "b.json"};
    CHECK(sync::lint_files(one).documents == 1);
}

TEST_CASE("lint files: nothing to look at is an error, not a clean result")
{
    lint_folder f;
    CHECK_THROWS_AS(f.lint(), error);
    std::vector<fs::path> const gone{f.dir.path() / "gone"};
    CHECK_THROWS_AS(sync::lint_files(gone), error);
    f.write("c.json", R"({"rules": {"x": 1}})");
    CHECK_THROWS_AS(sync::read_lint_config(f.dir.path() / "c.json"), error);
}

TEST_CASE("lint docs: docs/lint.md lists the rules as they are")
{
    std::ifstream in(TRUNKLINE_SOURCE_DIR "/docs/lint.md", std::ios::binary);
    std::string const text(std::istreambuf_iterator<char>(in), {});
    CHECK(text.find(retell::lint_rules_markdown()) != std::string::npos);
}
