#include "demo_account_support.hpp"

#include <trunkline/core/crypto.hpp>
#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/time.hpp>
#include <trunkline/retell/catalogue.hpp>
#include <trunkline/retell/simulator.hpp>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

using namespace trunkline;
using namespace trunkline::retell;

namespace {

std::set<std::string> ids(
    json::value const& account, std::string_view resources, std::string_view key)
{
    std::set<std::string> out;
    for (auto const& entry : list(account, resources)) out.emplace(entry.string_at(key));
    return out;
}

void check_versions(json::value const& entry, std::string_view kind)
{
    auto const& versions = list(entry, "versions");
    REQUIRE(!versions.empty());
    std::int64_t expected = 0, changed = 0;
    for (auto const& v : versions) {
        INFO(kind << " version " << v.int_at("version"));
        CHECK(v.int_at("version") == expected++);
        CHECK(v.int_at("last_modification_timestamp") > changed);
        changed = v.int_at("last_modification_timestamp");
        CHECK(changed < demo_now);
        // Published ones come first: nothing is ever published on top of an open draft here.
        CHECK((v.bool_at("is_published") || &v == &versions.back()));
    }
}

std::set<std::string> strings_at(json::value const& v, std::string_view member)
{
    std::set<std::string> out;
    auto const collect = [&](auto const& self, json::value const& at) -> void {
        if (at.is_object())
            for (auto const& m : at.as_object()) {
                if (m.key == member) {
                    if (m.val.is_string()) out.insert(m.val.as_string());
                    if (m.val.is_object())
                        for (auto const& inner : m.val.as_object())
                            out.emplace(inner.val.string_or(""));
                }
                self(self, m.val);
            }
        if (at.is_array())
            for (auto const& item : at.as_array()) self(self, item);
    };
    collect(collect, v);
    return out;
}

bool any_canary(std::set<std::string> const& texts)
{
    return std::any_of(texts.begin(), texts.end(),
        [](std::string const& s) { return s.find("CANARY") != s.npos; });
}

std::size_t count_of(std::string_view text, std::string_view word)
{
    std::size_t n = 0;
    for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++n;
    return n;
}

/// What a drift report will find about a number's inbound agents.
std::string pin_of(json::value const& account, json::value const& binding)
{
    auto const& version = binding.at_or_null("agent_version");
    if (version.is_null()) return "none";
    if (version.is_string()) return version.as_string();
    auto const* agent = find_by(list(account, "agents"), "agent_id", binding.string_at("agent_id"));
    REQUIRE(agent);
    auto const newest = newest_published(*agent);
    REQUIRE(version.int_or(-1) >= 0);
    REQUIRE(version.int_or(-1) <= newest);
    return version.int_or(-1) == newest ? "newest" : "older";
}

bool is_reserved_for_fiction(std::string_view number)
{
    for (std::string_view block :
        {"+493023125", "+496990009", "+494066969", "+492214710", "+498999998"})
        if (number.starts_with(block) && number.size() == block.size() + 3) return true;
    return false;
}

} // namespace

TEST_CASE("demo account: the same seed and time give the same document")
{
    auto const again = make_demo_account(1, demo_now);
    CHECK(json::identical(again, demo_account(1)));
    CHECK(crypto::content_hash(again) == crypto::content_hash(demo_account(1)));
}

TEST_CASE("demo account: another seed gives other ids, another time the same ones")
{
    auto const later = make_demo_account(1, demo_now + 86'400'000);
    CHECK(crypto::content_hash(later) != crypto::content_hash(demo_account(1)));
    auto const first = ids(demo_account(1), "agents", "agent_id");
    CHECK(first == ids(later, "agents", "agent_id"));
    for (auto const& id : ids(demo_account(2), "agents", "agent_id")) CHECK(first.count(id) == 0);
}

TEST_CASE("demo account: it has the size of a real one")
{
    for (auto seed : demo_seeds) {
        CAPTURE(seed);
        auto const& account = demo_account(seed);
        CHECK(account.int_at("format") == 1);
        CHECK(list(account, "agents").size() == 120);
        CHECK(ids(account, "agents", "agent_id").size() == 120);
        CHECK(list(account, "phone_numbers").size() == 40);
        CHECK(account.int_at("next_id") > 120);
        auto const bytes = json::to_text(account).size();
        CHECK(bytes > 3'000'000);
        CHECK(bytes < 6'500'000);
    }
}

TEST_CASE("demo account: every version of an agent runs on the engine version of the same number")
{
    for (auto seed : demo_seeds) {
        CAPTURE(seed);
        auto const& account = demo_account(seed);
        std::map<std::string, int> kinds;
        for (auto const& entry : list(account, "agents")) {
            check_versions(entry, "agent");
            kinds[std::string(list(entry, "versions")[0].find("response_engine")->string_at("type"))]++;
        }
        for (auto const& entry : list(account, "retell_llms")) check_versions(entry, "llm");
        for (auto const& entry : list(account, "conversation_flows")) check_versions(entry, "flow");
        CHECK(kinds["custom-llm"] == 1);
        CHECK(kinds["retell-llm"] >= 66);
        CHECK(kinds["conversation-flow"] >= 42);

        each_version(account, "agents", [&](json::value const& entry, json::value const& agent) {
            CAPTURE(entry.string_at("agent_id"));
            CHECK(agent.string_at("agent_id") == entry.string_at("agent_id"));
            auto const version = agent.int_at("version");
            CHECK(agent.at_or_null("base_version").int_or(-1) == version - 1);
            if (agent.find("response_engine")->string_at("type") == "custom-llm") return;
            auto const* engine = engine_of(account, agent);
            REQUIRE(engine);
            CHECK(engine->int_at("version") == version);
            CHECK(engine->bool_at("is_published") == agent.bool_at("is_published"));
        });
    }
}

TEST_CASE("demo account: histories, open drafts, never published agents and shared engines")
{
    for (auto seed : demo_seeds) {
        CAPTURE(seed);
        auto const& account = demo_account(seed);
        std::size_t open = 0, never = 0, longest = 0;
        std::map<std::string, std::vector<json::value const*>> users;
        for (auto const& entry : list(account, "agents")) {
            auto const& versions = list(entry, "versions");
            auto const newest = newest_published(entry);
            auto const published = static_cast<std::size_t>(newest + 1);
            CHECK(published <= 6);
            longest = std::max(longest, published);
            if (published == 0) {
                ++never;
                CHECK(versions.size() == 1);
            } else if (versions.size() > published) {
                ++open;
                CHECK(versions.back().int_at("base_version") == newest);
            }
            users[std::string(versions[0].find("response_engine")->string_at("llm_id"))].push_back(
                &entry);
        }
        CHECK(open == 10);
        CHECK(never == 6);
        CHECK(longest >= 4);

        int shared = 0;
        for (auto const& [id, agents] : users) {
            if (id.empty() || agents.size() == 1) continue;
            ++shared;
            REQUIRE(agents.size() == 2);
            CHECK(list(*agents[0], "versions").size() == list(*agents[1], "versions").size());
            for (auto const* agent : agents)
                CHECK(list(*agent, "versions").back().bool_at("is_published"));
        }
        CHECK(shared == 3);
    }
}

TEST_CASE("demo account: neighbouring versions differ in content, and in little")
{
    auto const& account = demo_account(1);
    each_version(account, "agents", [&](json::value const& entry, json::value const& agent) {
        auto const version = agent.int_at("version");
        if (version == 0) return;
        auto const& before = list(entry, "versions")[static_cast<std::size_t>(version - 1)];
        auto const* engine = engine_of(account, agent);
        auto const* engine_before = engine_of(account, before);
        auto changes =
            managed_hash(resource_kind::agent, agent) != managed_hash(resource_kind::agent, before);
        if (engine) {
            auto const kind = engine->find("nodes") ? resource_kind::flow : resource_kind::llm;
            changes = changes || managed_hash(kind, *engine) != managed_hash(kind, *engine_before);
        }
        CAPTURE(agent.string_at("version_title"));
        CHECK(changes);
        CHECK(!agent.string_at("version_title").empty());
    });
}

TEST_CASE("demo account: tags name versions that exist, and the versions name their tags")
{
    auto const& account = demo_account(1);
    int tagged = 0;
    for (auto const& entry : list(account, "agents")) {
        auto const& tags = entry.at_or_null("tags");
        std::size_t named = 0;
        for (auto const& v : list(entry, "versions")) named += list(v, "assigned_tags").size();
        if (tags.is_null()) {
            CHECK(named == 0);
            continue;
        }
        CHECK(named == tags.as_object().size());
        for (auto const& tag : tags.as_object()) {
            ++tagged;
            auto const version = static_cast<std::size_t>(tag.val.int_at("version"));
            REQUIRE(version < list(entry, "versions").size());
            CHECK(tag.key ==
                (list(entry, "versions")[version].bool_at("is_published") ? "prod" : "staging"));
        }
    }
    CHECK(tagged > 40);
}

TEST_CASE("demo account: agents look as the service answers them")
{
    for (auto seed : demo_seeds) {
        CAPTURE(seed);
        each_version(demo_account(seed), "agents", [&](json::value const&, json::value const& agent) {
            CAPTURE(agent.string_at("agent_name"));
            auto const bytes = json::to_text(agent).size();
            CHECK(bytes >= 1'000);
            CHECK(bytes <= 4'096);
            CHECK(agent.string_at("agent_id").size() == 32);
            CHECK(agent.string_at("language") == "de-DE");
            for (auto member : {"user_dtmf_options", "pii_config", "handbook_config"})
                CHECK(agent.at_or_null(member).is_object());
            CHECK(agent.string_at("webhook_url").starts_with("https://hooks.example.test/"));
            CHECK(list(agent, "post_call_analysis_data").size() >= 3);
            CHECK(list(agent, "webhook_events").size() >= 2);
        });
    }
}

TEST_CASE("demo account: numbers are pinned to published versions, but for a few that drift")
{
    for (auto seed : demo_seeds) {
        CAPTURE(seed);
        auto const& account = demo_account(seed);
        std::map<std::string, int> pins;
        std::set<std::string> numbers;
        int split = 0, outbound = 0;
        for (auto const& number : list(account, "phone_numbers")) {
            CAPTURE(number.string_at("phone_number"));
            CHECK(is_reserved_for_fiction(number.string_at("phone_number")));
            numbers.emplace(number.string_at("phone_number"));
            auto const& inbound = list(number, "inbound_agents");
            REQUIRE(!inbound.empty());
            double weight = 0;
            for (auto const& binding : inbound) {
                weight += binding.find("weight")->as_number().to_double();
                pins[pin_of(account, binding)]++;
            }
            CHECK(weight == doctest::Approx(1.0));
            split += inbound.size() == 2;
            for (auto const& binding : list(number, "outbound_agents"))
                CHECK(pin_of(account, binding) == "newest");
            outbound += !list(number, "outbound_agents").empty();
        }
        CHECK(numbers.size() == 40);
        CHECK(pins["older"] == 3);
        CHECK(pins["latest_published"] == 1);
        CHECK(pins["none"] == 1);
        CHECK(pins["newest"] == 40 - 5 + split);
        CHECK(split == 4);
        CHECK(outbound >= 5);
    }
}

TEST_CASE("demo account: a fallback is another number, which has none itself")
{
    auto const& numbers = list(demo_account(1), "phone_numbers");
    int fallbacks = 0;
    for (auto const& number : numbers) {
        auto const to = number.string_at("fallback_number");
        if (to.empty()) continue;
        ++fallbacks;
        CHECK(to != number.string_at("phone_number"));
        auto const* target = find_by(numbers, "phone_number", to);
        REQUIRE(target);
        CHECK(target->at_or_null("fallback_number").is_null());
    }
    CHECK(fallbacks >= 4);
}

TEST_CASE("demo account: swaps and transfers lead to agents and numbers that exist")
{
    auto const& account = demo_account(1);
    auto const agents = ids(account, "agents", "agent_id");
    int swaps = 0;
    auto const look = [&](auto const& self, json::value const& v) -> void {
        if (v.string_at("type") == "agent_swap") {
            ++swaps;
            CHECK(agents.count(std::string(v.string_at("agent_id"))) == 1);
        }
        if (v.string_at("type") == "predefined" && v.find("number"))
            CHECK(is_reserved_for_fiction(v.string_at("number")));
        if (v.is_object())
            for (auto const& m : v.as_object()) self(self, m.val);
        if (v.is_array())
            for (auto const& item : v.as_array()) self(self, item);
    };
    look(look, account);
    CHECK(swaps > 20);
}

TEST_CASE("demo account: there is a secret to find in each place that can hold one")
{
    for (auto seed : demo_seeds) {
        CAPTURE(seed);
        auto const& account = demo_account(seed);
        std::map<std::string, json::value> tools;
        each_version(account, "retell_llms", [&](json::value const&, json::value const& llm) {
            for (auto const& tool : list(llm, "general_tools"))
                tools[std::string(tool.string_at("type"))].make_array().push_back(tool);
        });
        CHECK(any_canary(strings_at(tools["custom"], "headers")));
        CHECK(any_canary(strings_at(tools["custom"], "query_params")));
        CHECK(any_canary(strings_at(tools["check_availability_cal"], "cal_api_key")));
        CHECK(any_canary(strings_at(tools["book_appointment_cal"], "cal_api_key")));
        CHECK(any_canary(strings_at(tools["calendar_plugin_beta"], "api_key")));

        json::value servers;
        each_version(account, "retell_llms", [&](json::value const&, json::value const& llm) {
            servers.make_array().push_back(llm.at_or_null("mcps"));
        });
        for (auto place : {"headers", "query_params", "url"})
            CHECK(any_canary(strings_at(servers, place)));

        json::value flow_tools;
        each_version(account, "conversation_flows", [&](json::value const&, json::value const& flow) {
            flow_tools.make_array().push_back(flow.at_or_null("tools"));
        });
        for (auto place : {"headers", "query_params", "cal_api_key"})
            CHECK(any_canary(strings_at(flow_tools, place)));

        auto const& agents = *account.find("agents");
        CHECK(any_canary(strings_at(agents, "webhook_url")));
        CHECK(any_canary(strings_at(agents, "llm_websocket_url")));
        CHECK(any_canary(strings_at(*account.find("phone_numbers"), "inbound_webhook_url")));
    }
}

TEST_CASE("demo account: the catalogue finds every secret, wherever it stands")
{
    auto const redacted = [](resource_kind kind, json::value document) {
        for_each_secret(kind, document, [](std::string_view) { return std::string("hidden"); });
        return count_of(json::to_text(document), "CANARY");
    };
    auto const& account = demo_account(1);
    CHECK(count_of(json::to_text(account), "CANARY") > 500);
    each_version(account, "agents", [&](json::value const&, json::value const& v) {
        CHECK(redacted(resource_kind::agent, v) == 0);
    });
    each_version(account, "retell_llms", [&](json::value const&, json::value const& v) {
        CHECK(redacted(resource_kind::llm, v) == 0);
    });
    each_version(account, "conversation_flows", [&](json::value const&, json::value const& v) {
        CHECK(redacted(resource_kind::flow, v) == 0);
    });
    for (auto const& v : list(account, "phone_numbers"))
        CHECK(redacted(resource_kind::phone_number, v) == 0);
}

TEST_CASE("demo account: the simulator takes it, and gives every document back to the letter")
{
    virtual_time time(demo_now);
    simulator sim({}, time);
    auto const& account = demo_account(1);
    sim.load_state(account);
    auto const state = sim.state();
    for (auto [resources, key] : {std::pair{"agents", "agent_id"}, {"retell_llms", "llm_id"},
             {"conversation_flows", "conversation_flow_id"}})
    {
        CHECK(list(state, resources).size() == list(account, resources).size());
        for (auto const& entry : list(account, resources)) {
            CAPTURE(entry.string_at(key));
            auto const* kept = find_by(list(state, resources), key, entry.string_at(key));
            REQUIRE(kept);
            CHECK(json::identical(*kept->find("versions"), *entry.find("versions")));
        }
    }
    CHECK(list(state, "phone_numbers").size() == 40);
    for (auto const& number : list(account, "phone_numbers")) {
        auto const* kept =
            find_by(list(state, "phone_numbers"), "phone_number", number.string_at("phone_number"));
        REQUIRE(kept);
        CHECK(json::identical(*kept, number));
    }

    simulator other({}, time); // its seed is 1 too
    other.load_demo_account();
    CHECK(other.state_text() == sim.state_text());
}

TEST_CASE("demo account: its agents are listed, read and released through the simulator")
{
    virtual_time time(demo_now);
    simulator sim({}, time);
    sim.load_state(demo_account(1));
    auto const ask = [&](std::string method, std::string target, std::string body) {
        http::request r;
        r.method = std::move(method);
        r.target = std::move(target);
        r.headers.set("authorization", "Bearer k");
        r.body = std::move(body);
        auto const reply = sim.handle(r);
        INFO(r.method << ' ' << r.target << ": " << reply.body.substr(0, 300));
        REQUIRE(reply.status / 100 == 2);
        return reply.body.empty() ? json::value() : json::parse(reply.body);
    };
    auto const page = ask("POST", "/v2/list-agents?limit=1000", "{}");
    CHECK(list(page, "items").size() == 120);
    for (auto const& row : list(page, "items")) {
        auto const id = std::string(row.string_at("agent_id"));
        auto const agent = ask("GET", "/get-agent/" + id, "");
        auto const* engine = agent.find("response_engine");
        auto const version = "?version=" + std::to_string(engine->int_at("version"));
        if (auto const llm = engine->string_at("llm_id"); !llm.empty())
            ask("GET", "/get-retell-llm/" + std::string(llm) + version, "");
        if (auto const flow = engine->string_at("conversation_flow_id"); !flow.empty())
            ask("GET", "/get-conversation-flow/" + std::string(flow) + version, "");
    }

    auto const& entry = list(demo_account(1), "agents")[0];
    auto const id = std::string(entry.string_at("agent_id"));
    auto const base = std::to_string(newest_published(entry));
    auto const draft =
        ask("POST", "/create-agent-version/" + id, R"({"base_version":)" + base + "}");
    CHECK_FALSE(draft.bool_at("is_published", true));
    ask("POST", "/publish-agent-version/" + id,
        R"({"version":)" + std::to_string(draft.int_at("version")) + "}");
    CHECK(ask("GET", "/get-agent/" + id + "?version=latest_published", "").int_at("version") ==
        draft.int_at("version"));
}
