#include "simulator_account.hpp"
#include "simulator_paging.hpp"

namespace trunkline::retell::simulation {

namespace {

/// "+1 (415) 777-4444"; numbers elsewhere are shown as they are.
std::string pretty(std::string const& number)
{
    if (number.size() != 12 || !number.starts_with("+1")) return number;
    return "+1 (" + number.substr(2, 3) + ") " + number.substr(5, 3) + '-' + number.substr(8);
}

/// Moves the trunk settings of a body, which are flat and named differently per verb, to where
/// answers show them: nested, and without the password, which is taken out and returned.
std::string nest_trunk(json::object& doc, json::object& fields)
{
    std::string password;
    for (auto const* name : {"sip_trunk_auth_password", "auth_password"})
        if (json::value const* v = fields.find(name)) {
            password = v->string_or({});
            fields.erase(name);
        }
    constexpr std::pair<std::string_view, std::string_view> moves[] = {
        {"termination_uri", "termination_uri"}, {"sip_trunk_auth_username", "auth_username"},
        {"auth_username", "auth_username"}, {"transport", "transport"}};
    json::object trunk;
    for (auto const& [from, to] : moves)
        if (json::value const* v = fields.find(from)) {
            trunk.set(to, *v);
            fields.erase(from);
        }
    if (trunk.empty()) return password;
    json::value* config = doc.find("sip_outbound_trunk_config");
    if (!config || !config->is_object())
        config = &doc.set("sip_outbound_trunk_config", json::object{});
    patch(config->as_object(), trunk);
    return password;
}

} // namespace

number_record& account::find_number(std::string_view id)
{
    auto* n = data_.numbers.find(id);
    if (!n) refuse_unknown_asset("phone number", id);
    return *n;
}

/// One {agent_id, weight, agent_version?} of a number.
void account::check_binding(json::value const& binding)
{
    if (!binding.is_object()) refuse(400, "An agent of a phone number must be an object");
    auto& a = find_agent(binding.string_at("agent_id"));
    json::value const& version = binding.at_or_null("agent_version");
    if (version.is_null()) return;
    if (version.is_string()) {
        resolve(a, version.as_string());
        return;
    }
    auto const number = version.is_number() ? version.as_number().to_int64() : std::nullopt;
    if (!number) refuse(400, "agent_version must be an integer or a tag");
    if (!a.find(*number))
        refuse(422, "Agent " + a.id + " has no version " + std::to_string(*number));
}

void account::check_bindings(json::object const& fields)
{
    for (auto const* name :
        {"inbound_agents", "outbound_agents", "inbound_sms_agents", "outbound_sms_agents"})
    {
        json::value const* list = fields.find(name);
        if (!list || list->is_null() || list->as_array().empty()) continue;
        std::vector<json::value const*> weights;
        for (json::value const& binding : list->as_array()) {
            check_binding(binding);
            weights.push_back(binding.find("weight"));
        }
        if (!options_.check_weights) continue;
        auto const whole = sums_to_one(weights);
        if (!whole) refuse(400, std::string(name) + ": weight must be a number from 0 to 1");
        if (!*whole) refuse(400, std::string(name) + ": weights must sum to 1");
    }
}

/// Fallbacks go one step at most: not to itself, not to a number that falls back, and not from one
/// that others fall back to.
void account::check_fallback(std::string_view number, json::object const& fields) const
{
    json::value const* wanted = fields.find("fallback_number");
    if (!wanted || wanted->is_null()) return;
    auto const& target = wanted->as_string();
    if (target == number) refuse(400, "A phone number cannot be its own fallback_number");
    auto const* other = data_.numbers.find(target);
    if (other && !other->doc->value.string_at("fallback_number").empty())
        refuse(400, "fallback_number must not have a fallback_number of its own");
    for (auto const& [position, id] : data_.numbers.order())
        if (data_.numbers.find(id)->doc->value.string_at("fallback_number") == number)
            refuse(400, "A phone number that is a fallback_number cannot have one itself");
}

number_record& account::add_number(number_record n, json::object doc)
{
    if (data_.numbers.find(n.id)) refuse(400, "Phone number " + n.id + " exists already");
    auto const at = now();
    doc.set("last_modification_timestamp", at);
    n.created = n.position = at;
    n.doc = std::make_shared<document const>(json::value(std::move(doc)));
    return data_.numbers.insert(std::move(n));
}

void account::store(number_record& n, json::object doc)
{
    auto const at = now();
    doc.set("last_modification_timestamp", at);
    n.doc = std::make_shared<document const>(json::value(std::move(doc)));
    data_.numbers.move(n, at);
}

namespace {

void check_choice(json::object const& fields, std::string_view name,
    std::initializer_list<std::string_view> known)
{
    json::value const* v = fields.find(name);
    if (!v || v->is_null() || std::ranges::find(known, v->string_or({})) != known.end()) return;
    std::string list;
    for (auto const k : known) list.append(list.empty() ? "" : ", ").append(k);
    refuse(400, std::string(name) + " must be one of " + list);
}

} // namespace

/// The next number of an area code that nobody has.
std::string account::free_number(json::object const& fields)
{
    constexpr int numbers_of_area = 10'000;
    json::value const* toll_free = fields.find("toll_free");
    json::value const* wanted = fields.find("area_code");
    auto const area = toll_free && toll_free->bool_or(false) ? 888
        : wanted && !wanted->is_null()                       ? wanted->int_or(0)
                                                             : 415;
    if (area == 0) refuse(400, "area_code must be an integer");
    for (int i = 0; i < numbers_of_area; ++i) {
        auto const digits = std::to_string(5'550'000 + data_.next_id++ % numbers_of_area);
        auto number = "+1" + std::to_string(area) + digits;
        if (!data_.numbers.find(number)) return number;
    }
    refuse(400, "No phone number is left in area code " + std::to_string(area));
}

http::reply account::create_number(call const& c)
{
    auto fields = accept_fields(resource::phone_number, verb::create, c.body, options_);
    check_choice(fields, "country_code", {"US", "CA"});
    check_choice(fields, "number_provider", {"twilio", "telnyx"});
    number_record n;
    json::value const* wanted = fields.find("phone_number");
    n.id = wanted && wanted->is_string() ? wanted->as_string() : free_number(fields);
    if (!is_e164(n.id)) refuse(400, "phone_number must be in E.164 format");
    check_bindings(fields);
    check_fallback(n.id, fields);

    auto const provider = fields.contains("number_provider")
        ? fields.find("number_provider")->string_or({})
        : "twilio";
    json::object doc{{"phone_number", n.id},
        {"phone_number_type", provider == "telnyx" ? "retell-telnyx" : "retell-twilio"},
        {"phone_number_pretty", pretty(n.id)}};
    for (auto const* request_only : {"phone_number", "country_code", "number_provider", "toll_free"})
        fields.erase(request_only);
    fields.erase("area_code");
    if (n.id.starts_with("+1"))
        fields.set("area_code", parse_integer(n.id.substr(2, 3)).value_or(0));
    nest_trunk(doc, fields);
    patch(doc, fields);
    return json_reply(201, add_number(std::move(n), std::move(doc)).doc->text);
}

http::reply account::import_number(call const& c)
{
    auto fields = accept_fields(resource::phone_number, verb::import, c.body, options_);
    require_field(fields, "phone_number");
    require_field(fields, "termination_uri");
    number_record n;
    n.id = fields.find("phone_number")->as_string();
    json::value const* lenient = fields.find("ignore_e164_validation");
    if (!(lenient && lenient->bool_or(false)) && !is_e164(n.id))
        refuse(400, "phone_number must be in E.164 format");
    check_bindings(fields);

    json::object doc{{"phone_number", n.id}, {"phone_number_type", "custom"},
        {"phone_number_pretty", pretty(n.id)}};
    fields.erase("phone_number");
    fields.erase("ignore_e164_validation");
    if (json::value const* v = fields.find("transport"); !v || v->is_null())
        fields.set("transport", "TCP");
    n.password = nest_trunk(doc, fields);
    patch(doc, fields);
    return json_reply(201, add_number(std::move(n), std::move(doc)).doc->text);
}

http::reply account::get_number(call const& c)
{
    return json_reply(200, find_number(c.id).doc->text);
}

http::reply account::update_number(call const& c)
{
    auto& n = find_number(c.id);
    auto fields = accept_fields(resource::phone_number, verb::update, c.body, options_);
    check_bindings(fields);
    check_fallback(n.id, fields);
    auto doc = n.doc->value.as_object();
    bool const new_password = fields.contains("auth_password");
    auto password = nest_trunk(doc, fields);
    if (new_password) n.password = std::move(password);
    patch(doc, fields, options_.deep_patch);
    store(n, std::move(doc));
    return json_reply(200, n.doc->text);
}

http::reply account::delete_number(call const& c)
{
    data_.numbers.erase(find_number(c.id));
    ++changes_;
    return {204, {}};
}

http::reply account::list_numbers(call const& c)
{
    page_request const request(c, "numbers");
    static std::string const nothing;
    return make_page(
        request, data_.numbers.order(), [&](std::string const& id) -> std::string const& {
            auto const& n = *data_.numbers.find(id);
            return is_listed(n.created) ? n.doc->text : nothing;
        });
}

} // namespace trunkline::retell::simulation
