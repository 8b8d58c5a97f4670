#include "sync/merge_parts.hpp"

#include <algorithm>
#include <iterator>

namespace trunkline::sync::detail {

std::optional<json::value> copied(maybe v)
{
    return v ? std::optional<json::value>(*v) : std::nullopt;
}

bool same(retell::field_cursor at, maybe a, maybe b)
{
    if (a && b && *a == *b) return true;
    auto const compared = [&](maybe v) { return v ? retell::managed_value(at, *v) : std::nullopt; };
    return compared(a) == compared(b);
}

bool is_object_or_nothing(maybe v)
{
    return !v || v->is_null() || v->is_object();
}

bool is_array_or_nothing(maybe v)
{
    return !v || v->is_null() || v->is_array();
}

maybe member_of(maybe v, std::string_view key)
{
    return v ? v->find(key) : nullptr;
}

maybe members_beside::find(json::member_name const& name)
{
    auto const is_named = [&](json::member const& m) { return m.key == name; };
    auto const* at = std::find_if(at_, object_.end(), is_named);
    if (at == object_.end()) {
        at = std::find_if(object_.begin(), at_, is_named);
        if (at == at_) return nullptr;
    }
    at_ = at + 1;
    return &at->val;
}

keyed_items::keyed_items(maybe list, std::string_view key_member)
{
    if (!list) return;
    if (!list->is_array()) {
        usable_ = false;
        return;
    }
    for (auto const& item : list->as_array()) {
        auto const key = item.string_at(key_member);
        usable_ = usable_ && !key.empty() && items_.emplace(key, &item).second;
        if (!usable_) return;
        keys_.push_back(key);
    }
}

maybe keyed_items::find(std::string_view key) const
{
    auto const found = items_.find(key);
    return found == items_.end() ? nullptr : found->second;
}

std::vector<std::string_view> keyed_items::shared_with(
    std::initializer_list<keyed_items const*> others) const
{
    std::vector<std::string_view> out;
    std::copy_if(keys_.begin(), keys_.end(), std::back_inserter(out), [&](auto key) {
        return std::all_of(others.begin(), others.end(), [&](auto* o) { return o->find(key); });
    });
    return out;
}

namespace {

bool is_plain(std::string_view key)
{
    return !key.empty() && key.find_first_of(".[]\"() \t\r\n") == std::string_view::npos;
}

} // namespace

readable_path::step readable_path::member(std::string_view key)
{
    auto const length = text_.size();
    if (is_plain(key)) {
        if (length) text_ += '.';
        text_ += key;
    } else {
        text_ += '[';
        json::append_text(text_, json::value(key));
        text_ += ']';
    }
    return {*this, length};
}

readable_path::step readable_path::item(std::string_view key)
{
    auto const length = text_.size();
    text_ += '[';
    if (key.find_first_of("]\"\r\n") == std::string_view::npos) text_ += key;
    else json::append_text(text_, json::value(key));
    text_ += ']';
    return {*this, length};
}

} // namespace trunkline::sync::detail
