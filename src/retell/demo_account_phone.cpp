#include "retell/demo_account_parts.hpp"

#include <algorithm>

namespace trunkline::retell::demo {

namespace {

constexpr std::size_t number_count = 40;
constexpr std::int64_t day_ms = 86'400'000;

/// What is unusual about a number, so that a drift report has something to find.
enum class quirk : std::uint8_t {
    none,
    older_version,
    latest_published,
    unpinned,
    halves,
    seventy_thirty
};

/// One quirk for some of the first numbers of the businesses.
std::vector<quirk> deal_quirks(std::size_t shops, dice& d)
{
    using enum quirk;
    constexpr quirk wanted[] = {older_version, older_version, older_version, latest_published,
        unpinned, halves, halves, seventy_thirty, seventy_thirty};
    std::vector<quirk> out(shops, none);
    std::copy(std::begin(wanted), std::end(wanted), out.begin());
    d.shuffle(out);
    return out;
}

json::object weighted(published_agent const& a, json::value weight)
{
    return {{"agent_id", a.agent_id}, {"agent_version", a.newest}, {"weight", std::move(weight)}};
}

json::array inbound_agents(quirk q, published_agent const& first, published_agent const& second)
{
    auto one = weighted(first, 1);
    switch (q) {
    case quirk::older_version: one.set("agent_version", first.newest - 1); break;
    case quirk::latest_published: one.set("agent_version", "latest_published"); break;
    case quirk::unpinned: one.erase("agent_version"); break;
    case quirk::halves: return {weighted(first, 0.5), weighted(second, 0.5)};
    case quirk::seventy_thirty: return {weighted(first, 0.7), weighted(second, 0.3)};
    case quirk::none: break;
    }
    return {std::move(one)};
}

std::vector<published_agent const*> agents_of(std::span<published_agent const> all, std::size_t shop)
{
    std::vector<published_agent const*> out;
    for (auto const& a : all)
        if (a.shop == shop) out.push_back(&a);
    return out;
}

published_agent const* who_calls_back(std::vector<published_agent const*> const& of_shop)
{
    for (auto const* a : of_shop)
        if (a->kind == role_kind::callback) return a;
    return nullptr;
}

class number_plan {
public:
    std::size_t shop;
    bool first; ///< The main number of its business.
    std::string digits;
};

std::vector<number_plan> plan_numbers(dice& d)
{
    auto const shops = businesses();
    std::vector<number_plan> out;
    for (std::size_t n = 0; n < number_count; ++n) {
        auto const shop =
            n < shops.size() ? n : (n - shops.size()) * 3 / 2; // two of three have a second one
        auto const line =
            100 + static_cast<unsigned>(n * 13 + d.below(13)); // distinct and below 800
        out.push_back({shop, n < shops.size(), fictional_number(shops[shop]->where, line)});
    }
    return out;
}

/// "+49 30 23125 123"
std::string pretty(std::string const& e164)
{
    bool const three_digit_area = e164.compare(3, 3, "221") == 0;
    std::size_t const area = three_digit_area ? 3 : 2;
    auto const rest = 3 + area;
    return e164.substr(0, 3) + " " + e164.substr(3, area) + " " +
        e164.substr(rest, e164.size() - rest - 3) + " " + e164.substr(e164.size() - 3);
}

json::object trunk(business const& b)
{
    return {{"termination_uri", "tools.example.test"},
        {"auth_username", "trunk-" + std::string(b.key)}, {"transport", "TLS"}};
}

std::string inbound_webhook(business const& b, credentials const& keys, bool with_token)
{
    auto url = "https://hooks.example.test/retell/inbound/" + std::string(b.key);
    if (with_token) url += "?token=" + keys.webhook_token;
    return url;
}

} // namespace

std::string fictional_number(city c, unsigned line)
{
    constexpr std::string_view blocks[] = {
        "+493023125", "+496990009", "+494066969", "+492214710", "+498999998"};
    auto digits = std::to_string(line);
    digits.insert(0, 3 - digits.size(), '0');
    return std::string(blocks[static_cast<std::size_t>(c)]) + digits;
}

json::array make_phone_numbers(std::span<published_agent const> agents,
    std::span<credentials const> keys, std::int64_t now_ms, dice& d)
{
    auto const shops = businesses();
    auto const quirks = deal_quirks(shops.size(), d);
    auto const plans = plan_numbers(d);
    json::array out;
    for (std::size_t n = 0; n < plans.size(); ++n) {
        auto const& plan = plans[n];
        auto const& b = *shops[plan.shop];
        auto const choice = agents_of(agents, plan.shop);
        auto const& main = *choice[plan.first ? 0 : 1];
        json::object number{{"phone_number", plan.digits}, {"phone_number_type", "custom"},
            {"phone_number_pretty", pretty(plan.digits)},
            {"nickname",
                std::string(b.name) +
                    (plan.first ? " Hauptnummer"
                                : " " + std::string(title_of(b, role_of(main.kind))))}};
        number.set("inbound_agents",
            inbound_agents(plan.first ? quirks[n] : quirk::none, main, *choice[plan.first ? 1 : 0]));
        if (auto const* caller = who_calls_back(choice); caller && plan.first && n % 2 == 0)
            number.set("outbound_agents", json::array{weighted(*caller, 1)});
        // Second numbers fall back to the first one of their business, which itself has no fallback.
        if (!plan.first && n % 2 == 0) number.set("fallback_number", plans[plan.shop].digits);
        if (n % 4 == 1)
            number.set("inbound_webhook_url", inbound_webhook(b, keys[plan.shop], n % 8 == 1));
        number.set("allowed_inbound_country_list", json::array{"DE", "AT", "CH"});
        number.set("sip_outbound_trunk_config", trunk(b));
        number.set("last_modification_timestamp",
            now_ms - d.between(1, 90) * day_ms - d.between(0, 80'000) * 1'000);
        out.push_back(std::move(number));
    }
    return out;
}

} // namespace trunkline::retell::demo
