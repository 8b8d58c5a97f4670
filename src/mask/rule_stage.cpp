#include "rule_stage.hpp"

#include "chars.hpp"
#include "policy_data.hpp"

#include <algorithm>

namespace trunkline::mask_detail {
namespace {

bool in_mask(byte c) noexcept
{
    return is_alnum(c) || c == '_' || c == ':' || c == '*' || c == '.' || c == '-';
}

bool breaks_value(char c) noexcept
{
    return c == '"' || c == '\\' || c == '\n' || c == '\r';
}

/// Whether [b, e) is a number of a document, which needs quotes once it is none.
bool is_document_number(std::string_view t, std::size_t b, std::size_t e) noexcept
{
    for (auto i = b; i < e; ++i)
        if (!is_digit(static_cast<byte>(t[i])) && t[i] != '.' && t[i] != '-' && t[i] != 'e' &&
            t[i] != 'E' && t[i] != '+')
            return false;
    auto const blank = [&](std::size_t i) { return t[i] == ' ' || t[i] == '\n' || t[i] == '\t'; };
    auto before = b;
    while (before > 0 && blank(before - 1)) --before;
    auto after = e;
    while (after < t.size() && (blank(after) || t[after] == '\r')) ++after;
    if (before == 0 || after >= t.size()) return false;
    bool const member = t[before - 1] == ':' && before > 1 && t[before - 2] == '"';
    bool const item = t[before - 1] == '[' || t[before - 1] == ',';
    return (member || item) && (t[after] == ',' || t[after] == '}' || t[after] == ']');
}

} // namespace

std::size_t end_of_mask(std::string_view text, std::size_t i) noexcept
{
    if (text[i] != '[') return i;
    auto e = i + 1;
    while (e < text.size() && e - i < 96 && in_mask(static_cast<byte>(text[e]))) ++e;
    if (e >= text.size() || text[e] != ']') return i;
    auto const label = text.substr(i + 1, e - i - 1);
    auto const named = label.substr(0, label.find(':'));
    bool const ours = mask_type_of(named).has_value() &&
        std::ranges::none_of(named, [](char c) { return is_lower(static_cast<byte>(c)); });
    return ours || named == "REDACTED" || named.starts_with("MASKER_") ? e + 1 : i;
}

void rule_stage::feed(std::string_view piece, std::string& out)
{
    while (!piece.empty()) {
        auto const room = look_back + 2 * block + look_ahead;
        auto const n = std::min(piece.size(), room - std::min(room, held_.size()));
        held_.append(piece.substr(0, n));
        piece.remove_prefix(n);
        // One byte more than the block sees: else it may be the last one.
        while (base_ + held_.size() > decided_ + block + look_ahead) decide(false, out);
    }
}

void rule_stage::flush(std::string& out)
{
    while (decided_ < base_ + held_.size()) decide(true, out);
    copy(base_ + held_.size(), out);
    held_.clear();
    base_ = decided_ = copied_ = resume_ = masked_ = masks_ = written_ = 0;
}

void rule_stage::copy(std::size_t to, std::string& out)
{
    if (to <= copied_) return;
    out.append(held_, copied_ - base_, to - copied_);
    written_ += to - copied_;
    copied_ = to;
}

/// One block: the same part of the text is seen however it came.
void rule_stage::decide(bool last, std::string& out)
{
    auto const all = base_ + held_.size();
    auto const seen_end = std::min(all, decided_ + block + look_ahead);
    auto const limit = std::min(all, decided_ + block);
    auto const begin = std::max(base_, decided_ > look_back ? decided_ - look_back : 0);
    std::string_view const seen(held_.data() + (begin - base_), seen_end - begin);
    auto i = std::max(decided_, resume_);
    while (i < limit) {
        // A stretch up to the next mask; what stands before it is in sight.
        auto mask = i, behind = i;
        while (mask < seen_end && (behind = begin + end_of_mask(seen, mask - begin)) == mask)
            ++mask;
        auto const stretch = seen.substr(0, mask - begin);
        auto const to = std::min(mask, limit);
        rule_set::match m;
        while (i < to && policy_.rules.find(stretch, i - begin, to - begin, m)) {
            m.begin += begin;
            m.end += begin;
            one_match(m, seen_end, out);
            i = resume_;
        }
        i = mask < limit ? behind : limit;
        if (mask < limit) {
            resume_ = std::max(resume_, behind);
            masked_ += behind - mask;
            ++masks_;
        }
    }
    decided_ = limit;
    if (last && limit == all) return;
    auto const keep = decided_ > look_back ? decided_ - look_back : 0;
    copy(std::max(decided_, copied_), out);
    if (keep > base_) {
        held_.erase(0, keep - base_);
        base_ = keep;
    }
}

void rule_stage::one_match(rule_set::match m, std::size_t seen_end, std::string& out)
{
    auto const all = std::string_view(held_).substr(0, seen_end - base_);
    auto b = m.begin - base_, e = m.end - base_;
    // Quotes and escapes carry the notation around a value: they end what is masked.
    // A value stands there with the escapes that belong to it.
    if (m.rule + 1 != policy_.rules.names().size()) {
        while (b < e && (breaks_value(all[b]) || is_space(static_cast<byte>(all[b])))) ++b;
        for (auto i = b; i < e; ++i)
            if (breaks_value(all[i])) e = i;
        while (e > b && is_space(static_cast<byte>(all[e - 1]))) --e;
    }
    resume_ = std::max(resume_, std::max(m.begin + 1, base_ + e));
    if (b >= e || policy_.action(m.type, zone_) == mask_action::keep) return;
    if (!is_secret(m.type) && !policy_.rules.reason_to_keep(all.substr(b, e - b)).empty()) return;
    std::string mask = "[" + std::string(name(m.type)) + "]";
    bool const quote = is_document_number(all, b, e);
    copy(base_ + b, out);
    // The bound of the whole output, of which all is known here: every byte that stands outside
    // masks, and one at least for each mask.
    auto const limit = 2 * (base_ + e - masked_ + masks_) + 16;
    if (written_ + mask.size() + (quote ? 2 : 0) > limit) mask = "*";
    if (quote) mask = '"' + mask + '"';
    out += mask;
    written_ += mask.size();
    copied_ = base_ + e;
    changed_ = true;
    counts_.add(m.type, mask_reason::rule);
    if (hits_) hits_->push_back({base_ + b, base_ + e, m.type, m.rule});
}

} // namespace trunkline::mask_detail
