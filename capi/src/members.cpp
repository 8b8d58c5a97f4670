#include "members.hpp"

#include <algorithm>

namespace trunkline::capi {

json::value const* members::take(std::string_view name)
{
    known_.push_back(name);
    auto const* const v = object_->find(name);
    return v && !v->is_null() ? v : nullptr;
}

void members::refuse(std::string_view name, std::string_view expected) const
{
    throw error(errc::invalid_argument,
        what_ + ": \"" + std::string(name) + "\" must be " + std::string(expected));
}

std::string members::text(std::string_view name, std::string_view otherwise)
{
    auto const* const v = take(name);
    if (!v) return std::string(otherwise);
    if (!v->is_string()) refuse(name, "a string");
    if (v->as_string().empty()) refuse(name, "a string that is not empty; leave it out, or null");
    return v->as_string();
}

std::string members::required_text(std::string_view name)
{
    auto const* const v = take(name);
    if (!v || !v->is_string() || v->as_string().empty())
        refuse(name, "given, as a string that is not empty");
    return v->as_string();
}

bool members::flag(std::string_view name, bool otherwise)
{
    auto const* const v = take(name);
    if (!v) return otherwise;
    if (!v->is_bool()) refuse(name, "true or false");
    return v->as_bool();
}

std::uint64_t members::number(
    std::string_view name, std::uint64_t otherwise, std::uint64_t least, std::uint64_t most)
{
    auto const* const v = take(name);
    if (!v) return otherwise;
    auto const n = v->is_number() ? v->as_number().to_int64() : std::nullopt;
    if (!n || *n < 0 || static_cast<std::uint64_t>(*n) < least ||
        static_cast<std::uint64_t>(*n) > most)
        refuse(name, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return static_cast<std::uint64_t>(*n);
}

double members::real(std::string_view name, double otherwise, double least, double most)
{
    auto const* const v = take(name);
    if (!v) return otherwise;
    auto const n = v->is_number() ? v->as_number().to_double() : -1;
    if (!(n >= least && n <= most))
        refuse(name,
            "a number from " + json::number(least).text() + " to " + json::number(most).text());
    return n;
}

std::vector<std::string> members::texts(std::string_view name)
{
    auto const* const v = take(name);
    std::vector<std::string> out;
    if (!v) return out;
    if (!v->is_array()) refuse(name, "a list of strings");
    for (auto const& e : v->as_array()) {
        if (!e.is_string()) refuse(name, "a list of strings");
        out.push_back(e.as_string());
    }
    return out;
}

json::value const* members::value(std::string_view name)
{
    return take(name);
}

void members::no_others() const
{
    for (auto const& m : *object_)
        if (std::ranges::find(known_, std::string_view(m.key)) == known_.end())
            throw error(errc::invalid_argument,
                what_ + ": \"" + m.key.text().substr(0, 64) +
                    "\" is not known; see docs/requests.md");
}

} // namespace trunkline::capi
