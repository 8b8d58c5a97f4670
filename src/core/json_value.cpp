#include "core/json_text.hpp"

#include <algorithm>
#include <stdexcept>

namespace trunkline::json {

object::object() = default;
object::object(object const&) = default;
object::object(object&&) noexcept = default;
object& object::operator=(object const&) = default;
object& object::operator=(object&&) noexcept = default;
object::~object() = default;

object::object(std::initializer_list<std::pair<std::string_view, value>> members)
{
    members_.reserve(members.size());
    for (auto const& [key, val] : members) set(key, val);
}

std::size_t object::size() const noexcept
{
    return members_.size();
}

bool object::empty() const noexcept
{
    return members_.empty();
}

value const* object::find(std::string_view key) const noexcept
{
    for (auto const& m : members_)
        if (m.key == key) return &m.val;
    return nullptr;
}

value* object::find(std::string_view key) noexcept
{
    return const_cast<value*>(std::as_const(*this).find(key));
}

value& object::set(std::string_view key, value v)
{
    auto& place = (*this)[key];
    place = std::move(v);
    return place;
}

value& object::operator[](std::string_view key)
{
    if (auto* present = find(key)) return *present;
    return members_.emplace_back(member_name(key), value{}).val;
}

bool object::erase(std::string_view key)
{
    auto const at = std::find_if(
        members_.begin(), members_.end(), [&](member const& m) { return m.key == key; });
    if (at == members_.end()) return false;
    members_.erase(at);
    return true;
}

void object::rename(std::string_view from, std::string_view to)
{
    if (from != to && contains(to))
        throw std::invalid_argument("rename: there is a member \"" + std::string(to) + "\" already");
    for (auto& m : members_) {
        if (m.key != from) continue;
        m.key = member_name(to);
        return;
    }
    throw std::invalid_argument("rename: there is no member \"" + std::string(from) + "\"");
}

member const* object::begin() const noexcept
{
    return members_.data();
}

member const* object::end() const noexcept
{
    return members_.data() + members_.size();
}

member* object::begin() noexcept
{
    return members_.data();
}

member* object::end() noexcept
{
    return members_.data() + members_.size();
}

void value::take(std::string&& s)
{
    if (s.size() > longest_own) data_ = shared_string(std::move(s));
    else data_ = std::move(s);
}

value const* value::find(std::string_view key) const noexcept
{
    auto const* members = std::get_if<shared_object>(&data_);
    return members ? members->read().find(key) : nullptr;
}

value* value::find(std::string_view key)
{
    auto* members = std::get_if<shared_object>(&data_);
    return members && members->read().find(key) ? members->write().find(key) : nullptr;
}

value const& value::at_or_null(std::string_view key) const noexcept
{
    static value const null;
    auto const* found = find(key);
    return found ? *found : null;
}

std::string_view value::string_or(std::string_view fallback) const noexcept
{
    auto const* text = string_if();
    return text ? std::string_view(*text) : fallback;
}

std::int64_t value::int_or(std::int64_t fallback) const noexcept
{
    auto const* n = std::get_if<number>(&data_);
    return n ? n->to_int64().value_or(fallback) : fallback;
}

bool value::bool_or(bool fallback) const noexcept
{
    auto const* b = std::get_if<bool>(&data_);
    return b ? *b : fallback;
}

std::string_view value::string_at(std::string_view key, std::string_view fallback) const noexcept
{
    return at_or_null(key).string_or(fallback);
}

std::int64_t value::int_at(std::string_view key, std::int64_t fallback) const noexcept
{
    return at_or_null(key).int_or(fallback);
}

bool value::bool_at(std::string_view key, bool fallback) const noexcept
{
    return at_or_null(key).bool_or(fallback);
}

object& value::make_object()
{
    if (!is_object()) data_ = shared_object(object());
    return as_object();
}

array& value::make_array()
{
    if (!is_array()) data_ = shared_array(array());
    return as_array();
}

bool value::shares_with(value const& other) const noexcept
{
    if (auto const* mine = std::get_if<shared_object>(&data_))
        if (auto const* theirs = std::get_if<shared_object>(&other.data_))
            return mine->is_same(*theirs);
    if (auto const* mine = std::get_if<shared_array>(&data_))
        if (auto const* theirs = std::get_if<shared_array>(&other.data_))
            return mine->is_same(*theirs);
    if (auto const* mine = std::get_if<shared_string>(&data_))
        if (auto const* theirs = std::get_if<shared_string>(&other.data_))
            return mine->is_same(*theirs);
    return false;
}

void settle(value& v) noexcept
{
    if (auto* const items = std::get_if<value::shared_array>(&v.data_))
        items->settle([](array& a) {
            for (auto& item : a) settle(item);
        });
    else if (auto* const text = std::get_if<value::shared_string>(&v.data_))
        text->settle([](std::string&) {});
    else if (auto* const members = std::get_if<value::shared_object>(&v.data_))
        members->settle([](object& o) {
            for (auto& m : o) settle(m.val);
        });
}

presence presence_of(value const& object, std::string_view key) noexcept
{
    auto const* found = object.find(key);
    if (!found) return presence::absent;
    return found->is_null() ? presence::null : presence::present;
}

key_index::key_index(object const& o)
{
    sorted_.reserve(o.size());
    for (auto const& m : o) sorted_.push_back(&m);
    std::sort(sorted_.begin(), sorted_.end(),
        [](member const* a, member const* b) { return a->key < b->key; });
}

member const* key_index::find(std::string_view key) const noexcept
{
    auto const at = std::lower_bound(sorted_.begin(), sorted_.end(), key,
        [](member const* m, std::string_view k) { return m->key < k; });
    return at != sorted_.end() && (*at)->key == key ? *at : nullptr;
}

member_finder::member_finder(object const& o) : object_(o)
{
    if (o.size() > linear_limit) index_.emplace(o);
}

member const* member_finder::find(std::string_view key) const noexcept
{
    if (index_) return index_->find(key);
    auto const at =
        std::find_if(object_.begin(), object_.end(), [&](member const& m) { return m.key == key; });
    return at != object_.end() ? at : nullptr;
}

} // namespace trunkline::json
