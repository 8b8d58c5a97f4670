#include <trunkline/http/message.hpp>

#include <http/ascii.hpp>

#include <algorithm>

namespace trunkline::http {

std::string_view headers::get(std::string_view name) const noexcept
{
    for (auto const& [field, value] : fields_)
        if (ascii::equals(field, name)) return value;
    return {};
}

bool headers::contains(std::string_view name) const noexcept
{
    return std::any_of(fields_.begin(), fields_.end(),
        [&](auto const& field) { return ascii::equals(field.first, name); });
}

void headers::set(std::string_view name, std::string value)
{
    auto const same = [&](auto const& field) { return ascii::equals(field.first, name); };
    auto const first = std::find_if(fields_.begin(), fields_.end(), same);
    if (first == fields_.end()) return add(name, std::move(value));
    first->second = std::move(value);
    fields_.erase(std::remove_if(first + 1, fields_.end(), same), fields_.end());
}

void headers::add(std::string_view name, std::string value)
{
    fields_.emplace_back(std::string(name), std::move(value));
}

void headers::erase(std::string_view name)
{
    std::erase_if(fields_, [&](auto const& field) { return ascii::equals(field.first, name); });
}

} // namespace trunkline::http
