// Real-shaped configurations, when the shared data is there. They are read in place, never copied.

#include <trunkline/core/crypto.hpp>
#include <trunkline/core/json.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace json = trunkline::json;
namespace fs = std::filesystem;
using trunkline::crypto::content_hash;

namespace {

std::optional<fs::path> fixtures()
{
    auto const* const given = std::getenv("TRUNKLINE_SHARED");
    auto const folder = fs::path(given ? given : TRUNKLINE_SOURCE_DIR "/../shared") / "fixtures";
    if (fs::is_directory(folder)) return folder;
    MESSAGE("skipped: no shared fixtures; set TRUNKLINE_SHARED to the folder that holds them");
    return std::nullopt;
}

std::string content(fs::path const& file)
{
    std::ifstream in(file, std::ios::binary);
    REQUIRE(in);
    return {std::istreambuf_iterator<char>(in), {}};
}

json::value document(fs::path const& file)
{
    return json::parse(content(file));
}

std::string with_escaped_slashes(std::string const& text)
{
    std::string out;
    for (char const c : text) out += c == '/' ? "\\/" : std::string(1, c);
    return out;
}

} // namespace

TEST_CASE("fixtures: every file is read and survives a round trip")
{
    auto const folder = fixtures();
    if (!folder) return;
    int files = 0;
    for (auto const& entry : fs::directory_iterator(*folder)) {
        if (entry.path().extension() != ".json") continue;
        CAPTURE(entry.path().filename());
        ++files;
        auto const doc = document(entry.path());
        CHECK(json::identical(json::parse(json::to_text(doc)), doc));
        CHECK(json::identical(json::parse(json::to_text(doc, json::style::pretty)), doc));
        CHECK(json::parse(json::canonical(doc)) == doc);
    }
    CHECK(files == 9);
}

TEST_CASE("fixtures: a file in our own layout is reproduced to the byte")
{
    auto const folder = fixtures();
    if (!folder) return;
    auto const text = content(*folder / "flow-booking-a-rev12.json");
    bool const same = json::to_text(json::parse(text), json::style::pretty) == text;
    CHECK(same); // not CHECK(a == b), which would print both files
}

TEST_CASE("fixtures: layout and escaped slashes do not change the hash")
{
    auto const folder = fixtures();
    if (!folder) return;
    auto const text = content(*folder / "flow-booking-a.json");
    REQUIRE(text.find("\\/") != std::string::npos);
    auto const doc = json::parse(text);
    auto const plain = json::to_text(doc);
    CHECK(plain.find("\\/") == std::string::npos);
    CHECK(content_hash(json::parse(plain)) == content_hash(doc));
    CHECK(content_hash(json::parse(json::to_text(doc, json::style::pretty))) == content_hash(doc));
    CHECK(content_hash(json::parse(with_escaped_slashes(plain))) == content_hash(doc));
    CHECK(content_hash(document(*folder / "flow-booking-a-twin.json")) != content_hash(doc));
}

TEST_CASE("fixtures: the twin differs in one place, revision 12 in fourteen")
{
    auto const folder = fixtures();
    if (!folder) return;
    auto const base = document(*folder / "flow-booking-a.json");
    auto const twin = document(*folder / "flow-booking-a-twin.json");
    auto const revision = document(*folder / "flow-booking-a-rev12.json");

    auto const to_twin = json::diff(base, twin);
    REQUIRE(to_twin.size() == 1);
    CHECK(to_twin[0].path == "/tools/2/url");

    auto const to_revision = json::diff(base, revision);
    for (auto const& d : to_revision) INFO(d.path);
    CHECK(to_revision.size() == 14);
    auto patched = base;
    CHECK(json::patch(patched, to_revision));
    CHECK(patched == revision);
}
