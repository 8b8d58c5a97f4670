#include <trunkline/core/json.hpp>
#include <trunkline/mask/policy.hpp>

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <stdexcept>
#include <string>

namespace trunkline {
namespace {

[[noreturn]] void refuse(std::string const& what)
{
    throw std::invalid_argument("policy: " + what);
}

std::string from_environment(std::string_view name, std::string_view where)
{
    auto const* const value = std::getenv(std::string(name).c_str());
    if (!value || !*value)
        refuse(
            std::string(where) + ": the environment variable " + std::string(name) + " is not set");
    return value;
}

mask_type type_of(std::string_view name, std::string_view where)
{
    auto const t = mask_type_of(name);
    if (!t) refuse(std::string(where) + ": there is no type \"" + std::string(name) + "\"");
    return *t;
}

json::object const& object_of(json::value const& v, std::string_view where)
{
    if (!v.is_object()) refuse(std::string(where) + " is an object");
    return v.as_object();
}

void read_actions(mask_policy::builder& b, json::value const& v)
{
    for (auto const& zone : object_of(v, "actions")) {
        auto const z = mask_zone_of(zone.key);
        if (!z) refuse("actions: there is no zone \"" + zone.key + "\"");
        for (auto const& m : object_of(zone.val, "actions." + zone.key)) {
            auto const action = mask_action_of(m.val.string_or(""));
            if (!action)
                refuse("actions." + zone.key + "." + m.key +
                    " is keep, full, last2, last4, token or drop");
            b.action(type_of(m.key, "actions." + zone.key), *z, *action);
        }
    }
}

void read_list(json::value const& v, std::string const& where, auto&& take)
{
    if (!v.is_array()) refuse(where + " is an array of strings");
    for (auto const& item : v.as_array()) {
        if (!item.is_string()) refuse(where + " is an array of strings");
        take(item.as_string());
    }
}

/// The members of a rule, each a string; others are refused, so that a mistyped one is no rule.
class rule_members {
public:
    rule_members(
        json::value const& v, std::string where, std::initializer_list<std::string_view> names)
        : rule_(object_of(v, where)), where_(std::move(where))
    {
        for (auto const& m : rule_)
            if (std::ranges::find(names, m.key) == names.end() || !m.val.is_string())
                refuse(where_ + " has the members " + joined(names) + ", each a string");
    }
    std::string text(std::string_view name) const
    {
        auto const* const v = rule_.find(name);
        if (!v) refuse(where_ + " lacks \"" + std::string(name) + "\"");
        return v->as_string();
    }
    mask_type type() const { return type_of(text("type"), where_); }
    /// Says where, when the rule itself is refused.
    template <class Take>
    void take(Take t) const
    {
        try {
            t();
        } catch (std::invalid_argument const& e) {
            refuse(where_ + ": " + e.what());
        }
    }

private:
    static std::string joined(std::initializer_list<std::string_view> names)
    {
        std::string out;
        for (auto const n : names) out.append(out.empty() ? "" : ", ").append(n);
        return out;
    }

    json::object const& rule_;
    std::string where_;
};

/// Values that are written in the file, which holds no secret: those are named in secrets_env.
void read_rules(mask_policy::builder& b, std::string const& key, json::value const& v)
{
    if (!v.is_array()) refuse(key + " is an array of objects");
    std::size_t n = 0;
    for (auto const& item : v.as_array()) {
        auto const where = key + "[" + std::to_string(n++) + "]";
        if (key == "values") {
            rule_members const r(item, where, {"value", "type"});
            r.take([&, v1 = r.text("value"), v2 = r.type()] { b.value(v1, v2); });
        } else if (key == "allow_values") {
            rule_members const r(item, where, {"value", "reason"});
            r.take([&, v1 = r.text("value"), v2 = r.text("reason")] { b.harmless_value(v1, v2); });
        } else if (key == "patterns") {
            rule_members const r(item, where, {"name", "regex", "type"});
            r.take([&, v1 = r.text("name"), v2 = r.text("regex"), v3 = r.type()] {
                b.pattern(v1, v2, v3);
            });
        } else {
            rule_members const r(item, where, {"regex", "reason"});
            r.take([&, v1 = r.text("regex"), v2 = r.text("reason")] { b.harmless_pattern(v1, v2); });
        }
    }
}

void read_member(mask_policy::builder& b, std::string const& key, json::value const& v)
{
    if (key == "actions") {
        read_actions(b, v);
    } else if (key == "keys") {
        for (auto const& m : object_of(v, "keys"))
            b.sensitive_key(m.key, type_of(m.val.string_or(""), "keys." + m.key));
    } else if (key == "allow_keys") {
        read_list(v, key, [&](std::string const& words) { b.harmless_key(words); });
    } else if (key == "secrets_env") {
        read_list(v, key, [&](std::string const& name) { b.secret(from_environment(name, key)); });
    } else if (key == "values" || key == "allow_values" || key == "patterns" ||
        key == "allow_patterns") {
        read_rules(b, key, v);
    } else if (key == "token_key") {
        object_of(v, key);
        b.token_key(v.string_at("id"), from_environment(v.string_at("env"), key));
    } else if (key == "max_input") {
        auto const n = v.int_or(-1);
        if (n <= 0) refuse("max_input is a number of bytes");
        b.max_input(static_cast<std::size_t>(n));
    } else {
        refuse("there is no member \"" + key + "\"");
    }
}

} // namespace

mask_policy mask_policy::from_json(std::string_view text)
{
    json::parse_error error;
    auto const document = json::parse(text, error);
    if (!document) refuse(error.message());
    builder b;
    for (auto const& m : object_of(*document, "the document")) read_member(b, m.key, m.val);
    return b.build();
}

} // namespace trunkline
