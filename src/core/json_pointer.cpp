#include "core/json_text.hpp"

#include <charconv>
#include <limits>
#include <stdexcept>

namespace trunkline::json {
namespace {

/// An index as RFC 6901 spells it: digits without leading zeros.
std::optional<std::size_t> array_index(std::string_view step) noexcept
{
    if (step.empty() || (step.size() > 1 && step.front() == '0')) return std::nullopt;
    std::size_t index = 0;
    auto const* const end = step.data() + step.size();
    auto const read = std::from_chars(step.data(), end, index);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return index;
}

std::string unescaped(std::string_view step)
{
    std::string out;
    for (std::size_t i = 0; i < step.size(); ++i) {
        if (step[i] != '~') {
            out += step[i];
            continue;
        }
        auto const code = i + 1 < step.size() ? step[++i] : '\0';
        if (code != '0' && code != '1')
            throw std::invalid_argument("in a JSON pointer '~' must be followed by 0 or 1");
        out += code == '0' ? '~' : '/';
    }
    return out;
}

value const* child(value const& parent, std::string const& step) noexcept
{
    if (parent.is_object()) return parent.find(step);
    if (!parent.is_array()) return nullptr;
    auto const index = array_index(step);
    auto const& items = parent.as_array();
    return index && *index < items.size() ? &items[*index] : nullptr;
}

value* child(value& parent, std::string const& step)
{
    if (parent.is_object()) return parent.find(step);
    if (!child(std::as_const(parent), step)) return nullptr;
    return &parent.as_array()[*array_index(step)];
}

/// Adds a null to a container where a new member or item may stand, and says where it is.
value* add_child(value& parent, std::string const& step)
{
    if (parent.is_object()) return &parent.as_object()[step];
    if (!parent.is_array()) return nullptr;
    auto& items = parent.as_array();
    if (step != "-" && array_index(step) != items.size()) return nullptr;
    return &items.emplace_back();
}

} // namespace

void append_step(std::string& out, std::string_view step)
{
    out += '/';
    for (char const c : step) {
        if (c == '~') out += "~0";
        else if (c == '/') out += "~1";
        else out += c;
    }
}

pointer::pointer(std::string_view text)
{
    if (text.empty()) return;
    if (text.front() != '/')
        throw std::invalid_argument("a JSON pointer is empty or begins with '/'");
    while (!text.empty()) {
        text.remove_prefix(1);
        auto const step = text.substr(0, text.find('/'));
        steps_.push_back(unescaped(step));
        text.remove_prefix(step.size());
    }
}

pointer pointer::operator/(std::string_view key) const
{
    auto longer = *this;
    longer.steps_.emplace_back(key);
    return longer;
}

pointer pointer::operator/(std::size_t index) const
{
    return *this / std::string_view(std::to_string(index));
}

std::string pointer::text() const
{
    std::string out;
    for (auto const& step : steps_) append_step(out, step);
    return out;
}

value const* pointer::resolve(value const& root) const noexcept
{
    auto const* at = &root;
    for (auto const& step : steps_) {
        at = child(*at, step);
        if (!at) return nullptr;
    }
    return at;
}

value* pointer::resolve(value& root) const
{
    if (!resolve(std::as_const(root))) return nullptr;
    auto* at = &root;
    for (auto const& step : steps_) at = child(*at, step);
    return at;
}

value* pointer::set(value& root, value v) const
{
    auto* at = &root;
    std::size_t known = 0;
    while (known < steps_.size()) {
        auto* const next = child(*at, steps_[known]);
        if (!next) break;
        at = next;
        ++known;
    }
    if (known < steps_.size()) {
        // Everything behind the first new place is new as well, so only that one can refuse.
        at = add_child(*at, steps_[known]);
        if (!at) return nullptr;
        for (auto i = known + 1; i < steps_.size(); ++i) at = &at->make_object()[steps_[i]];
    }
    *at = std::move(v);
    return at;
}

bool pointer::erase(value& root) const
{
    if (steps_.empty()) return false;
    pointer up;
    up.steps_.assign(steps_.begin(), steps_.end() - 1);
    auto* const parent = up.resolve(root);
    if (!parent || !child(*parent, steps_.back())) return false;
    if (parent->is_object()) return parent->as_object().erase(steps_.back());
    auto& items = parent->as_array();
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(*array_index(steps_.back())));
    return true;
}

} // namespace trunkline::json
