#include <trunkline/sync/merge.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace trunkline;
using namespace trunkline::sync;
using retell::resource_kind;

namespace {

std::filesystem::path fixtures()
{
    auto const* set = std::getenv("TRUNKLINE_SHARED");
    auto const shared = set ? std::filesystem::path(set)
                            : std::filesystem::path(TRUNKLINE_SOURCE_DIR).parent_path() / "shared";
    return shared / "fixtures";
}

std::optional<json::value> load(char const* file)
{
    std::ifstream in(fixtures() / file, std::ios::binary);
    if (!in) return std::nullopt;
    return json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
}

} // namespace

TEST_CASE("fixtures: a real flow, revised here and re-routed there, merges with no conflict")
{
    auto const base = load("flow-booking-a.json");
    auto const local = load("flow-booking-a-rev12.json");
    auto const remote = load("flow-booking-a-twin.json");
    if (!base || !local || !remote) {
        MESSAGE(
            "skipped: no flow-booking-a*.json in ", fixtures().string(), " (set TRUNKLINE_SHARED)");
        return;
    }
    auto const m = merge(resource_kind::flow, *base, *local, *remote);
    CHECK(m.conflicts.empty());
    REQUIRE(m.remote_changes.size() == 1);
    CHECK(m.remote_changes[0].path == "tools[tool-collect-appointment].url");
    CHECK(m.local_changes.size() == 14);
    CHECK(m.local_changes[0].path == "global_prompt");

    auto expected = *local;
    expected.find("tools")->as_array()[2].as_object().set("url", *m.remote_changes[0].after);
    CHECK(retell::managed_hash(resource_kind::flow, m.merged) ==
        retell::managed_hash(resource_kind::flow, expected));
    CHECK(changes(resource_kind::flow, *remote, m.merged).size() == 14);
}
