#include "sync/world.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

using namespace trunkline;
using namespace trunkline::test;

namespace {

constexpr char const* prompt = "llms/praxis-mueller-empfang.prompt.md";
constexpr char const* mark = "\xEF\xBB\xBF";

std::string with_windows_line_ends(std::string const& text)
{
    std::string out;
    for (char const c : text) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
    return out;
}

/// As an editor leaves it.
void save(world& w, std::string const& file, std::string const& text)
{
    std::ofstream(w.bundle_dir() / file, std::ios::binary | std::ios::trunc) << text;
}

/// What a call says in its message when it fails.
template <class F>
std::string message_of(F call)
{
    try {
        call();
    } catch (error const& e) {
        CHECK(e.code() == errc::invalid_bundle);
        return e.what();
    }
    return "did not fail";
}

} // namespace

TEST_CASE("bundle: a byte order mark and the line ends of another system change nothing")
{
    world w;
    w.pull();
    for (auto const* const file : {prompt, "llms/praxis-mueller-empfang.json"})
        save(w, file, mark + with_windows_line_ends(w.read(file)));
    CHECK(w.plan().units.empty());
    CHECK(w.pull().edited == 0);
    CHECK(w.read(prompt).find('\r') == std::string::npos);
}

TEST_CASE("bundle: a prompt that is not UTF-8 is refused with its file and line")
{
    world w;
    w.pull();
    auto const before = w.read(prompt);
    save(w, prompt, "Guten Tag.\nGr\xFC\xDF Gott.\n"); // Latin-1
    auto const expected = "praxis-mueller-empfang.prompt.md, which is not UTF-8 in line 2";
    CHECK(message_of([&] { w.plan(); }).find(expected) != std::string::npos);
    CHECK(message_of([&] { w.pull(); }).find(expected) != std::string::npos);
    CHECK(w.read(prompt) != before); // what was typed is still there
    // A surrogate is no character, and half of one at the end of a file neither.
    for (auto const* const text : {"\xED\xA0\x80\n", "a\xE2\x82"}) {
        save(w, prompt, text);
        CHECK(message_of([&] { w.plan(); }).find("not UTF-8 in line 1") != std::string::npos);
    }
    save(w, prompt, before);
    CHECK(w.plan().units.empty());
}

TEST_CASE("bundle: a prompt that was emptied keeps its file")
{
    world w;
    w.pull();
    auto const before = w.read(prompt);
    save(w, prompt, "");
    CHECK(w.pull().edited == 1);
    CHECK(w.read(prompt) == "\n");
    CHECK(w.plan().units.size() == 1);
    save(w, prompt, before);
    CHECK(w.plan().units.empty());
}

TEST_CASE("bundle: a prompt file that no document refers to is told of")
{
    world w;
    w.pull();
    save(w, "llms/praxis-mueller-empfang.promt.md", "Neu.\n");
    save(w, "llms/README.md", "Hier stehen die LLMs.\n"); // of no document, so nobody's prompt
    auto const p = w.plan();
    CHECK(p.units.empty());
    REQUIRE(p.notes.size() == 1);
    CHECK(p.notes[0].starts_with("llms/praxis-mueller-empfang.promt.md: no document refers to it"));
}

TEST_CASE("bundle: the file of a state's prompt goes when the state gets another name")
{
    world w;
    auto const states = [&](std::string_view name) {
        w.call(retell::update_llm("llm_draft", 0,
            json::object{{"starting_state", name},
                {"states", json::array{json::object{{"name", name}, {"state_prompt", "Frage."}}}}}));
    };
    states("frage");
    w.pull();
    auto const files = [&](std::string_view part) {
        std::size_t n = 0;
        for (auto const& e : std::filesystem::directory_iterator(w.bundle_dir() / "llms"))
            n += e.path().filename().string().find(part) != std::string::npos ? 1 : 0;
        return n;
    };
    REQUIRE(files("state-1-frage.md") == 1);
    states("antwort");
    w.pull();
    CHECK(files("state-1-antwort.md") == 1);
    CHECK(files("state-1-frage.md") == 0);
    CHECK(w.plan().notes.empty());
}

TEST_CASE("bundle: a directory in place of a file is named, and nothing in it touched")
{
    world w;
    w.pull();
    auto const file = w.bundle_dir() / prompt;
    std::filesystem::remove(file);
    std::filesystem::create_directory(file);
    std::ofstream(file / "kept.txt") << "kept";
    sync::file_set const files{{prompt, "text\n"}};
    auto const said = message_of([&] { sync::write_files(w.bundle_dir(), files); });
    CHECK(said.find(file.string() + ": there is a directory of that name") != said.npos);
    CHECK(std::filesystem::exists(file / "kept.txt"));
    CHECK(message_of([&] { w.plan(); }).find("is a directory") != std::string::npos);
}

TEST_CASE(
    "bundle: a file is written where its text is another, and left alone where it is the same")
{
    world w;
    auto const dir = w.bundle_dir() / "texts";
    std::string const text(10'000, 'x');
    for (auto const& content : {std::string(), std::string("a"), text, text + "y", std::string()}) {
        sync::file_set const files{{"long.md", content}};
        CHECK(sync::write_files(dir, files) == 1);
        CHECK(sync::write_files(dir, files) == 0);
        CHECK(std::filesystem::file_size(dir / "long.md") == content.size());
    }
}
