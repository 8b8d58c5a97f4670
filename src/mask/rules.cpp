#include "rules.hpp"

#include "chars.hpp"

#include <algorithm>
#include <stdexcept>

namespace trunkline::mask_detail {
namespace {

std::string in_small_letters(std::string_view text)
{
    std::string out(text);
    for (auto& c : out) c = static_cast<char>(lower(static_cast<byte>(c)));
    return out;
}

/// "+49 30 1", "0049301" and "030 1" are one number: what follows the country or the zero.
std::string subscriber_digits(std::string_view text)
{
    std::string digits;
    for (char const c : text) {
        if (is_digit(static_cast<byte>(c))) digits += c;
        else if (is_letter(static_cast<byte>(c))) return {};
    }
    bool const plus = text.starts_with('+');
    if (digits.size() < 7) return {};
    if (plus || digits.starts_with("00")) {
        digits.erase(0, plus ? 0 : 2);
        if (digits.starts_with("49")) digits.erase(0, digits.starts_with("490") ? 3 : 2);
        return digits;
    }
    return digits.starts_with("0") ? digits.substr(1) : digits;
}

/// "é" as JSON and URLs may write it; the value itself comes first.
std::vector<std::string> forms_of(std::string_view value)
{
    static constexpr std::string_view small = "0123456789abcdef", large = "0123456789ABCDEF";
    std::vector<std::string> forms{std::string(value)};
    for (auto const hex : {small, large}) {
        std::string json, percent;
        for (std::size_t i = 0; i < value.size();) {
            auto const c = static_cast<byte>(value[i]);
            std::size_t const n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
            auto code = static_cast<std::uint32_t>(n == 1 ? c : c & (0x7fu >> n));
            for (std::size_t k = 1; k < n && i + k < value.size(); ++k)
                code = code << 6 | (static_cast<byte>(value[i + k]) & 0x3fu);
            auto const unit = [&](std::uint32_t u) {
                json += "\\u";
                for (int shift = 12; shift >= 0; shift -= 4) json += hex[(u >> shift) & 15];
            };
            if (n == 1) json += value[i];
            else if (code < 0x10000) unit(code);
            else {
                unit(0xd800 + ((code - 0x10000) >> 10));
                unit(0xdc00 + ((code - 0x10000) & 0x3ff));
            }
            for (std::size_t k = 0; k < n && i + k < value.size(); ++k) {
                auto const b = static_cast<byte>(value[i + k]);
                if (is_alnum(b) || b == '-' || b == '.' || b == '_') percent += value[i + k];
                else percent.append({'%', hex[b >> 4], hex[b & 15]});
            }
            i += n;
        }
        forms.push_back(std::move(json));
        std::string plus;
        for (std::size_t i = 0; i < percent.size(); ++i) {
            bool const blank = percent.compare(i, 3, "%20") == 0;
            plus += blank ? '+' : percent[i];
            if (blank) i += 2;
        }
        forms.push_back(std::move(percent));
        forms.push_back(std::move(plus));
    }
    std::ranges::sort(forms);
    forms.erase(std::unique(forms.begin(), forms.end()), forms.end());
    return forms;
}

void check_value(std::string_view value)
{
    if (value.size() < rule_set::shortest_value || value.size() > rule_set::longest_value)
        throw std::invalid_argument("a value has 4 to 512 bytes");
}

bool stands_alone(std::string_view text, std::size_t begin, std::size_t end) noexcept
{
    auto const word = [&](std::size_t i) { return is_word(static_cast<byte>(text[i])); };
    if (begin > 0 && word(begin) && word(begin - 1) &&
        !(begin > 1 && text[begin - 2] == '\\')) // the n of a line break
        return false;
    return end >= text.size() || !word(end) || !word(end - 1);
}

} // namespace

void rule_set::mask_value(std::string_view text, mask_type type)
{
    check_value(text);
    if (masked_.size() >= most_values) throw std::invalid_argument("more values than 10,000 forms");
    for (auto& form : forms_of(text)) {
        auto const place = std::ranges::lower_bound(masked_, form, {}, &value::text);
        masked_.insert(place, {std::move(form), type});
    }
}

void rule_set::mask_pattern(std::string_view name, std::string_view regex, mask_type type)
{
    if (expressions_.size() + allowed_expressions_.size() >= most_patterns)
        throw std::invalid_argument("there are at most 64 patterns");
    auto matcher = make_pattern(regex);
    names_.emplace(names_.end() - 1, name);
    expressions_.push_back({std::move(matcher), type, names_.size() - 2});
}

void rule_set::allow_value(std::string_view text, std::string_view reason)
{
    check_value(text);
    if (allowed_.size() >= most_values) throw std::invalid_argument("more values than 10,000");
    allowed_.push_back({in_small_letters(text), subscriber_digits(text), std::string(reason)});
}

void rule_set::allow_pattern(std::string_view regex, std::string_view reason)
{
    if (expressions_.size() + allowed_expressions_.size() >= most_patterns)
        throw std::invalid_argument("there are at most 64 patterns");
    allowed_expressions_.emplace_back(make_pattern(regex), reason);
}

std::string_view rule_set::reason_to_keep(std::string_view text) const noexcept
{
    if (text.size() > longest_value) return {};
    try {
        auto const small = in_small_letters(text);
        auto const digits = subscriber_digits(text);
        for (auto const& a : allowed_)
            if (a.text == small || (!digits.empty() && a.digits == digits)) return a.reason;
        for (auto const& [matcher, reason] : allowed_expressions_)
            if (matcher->is_whole(text)) return reason;
    } catch (std::bad_alloc const&) {
        // What cannot be compared is not allowed.
    }
    return {};
}

bool rule_set::find(std::string_view text, std::size_t from, std::size_t to, match& m) const noexcept
{
    bool found = false;
    auto const better = [&](std::size_t begin, std::size_t end) {
        return !found || begin < m.begin || (begin == m.begin && end > m.end);
    };
    if (!masked_.empty()) {
        for (auto i = from; i < to && !found; ++i) {
            auto const rest = text.substr(i, longest_value * 6);
            // Forms that are a beginning of the rest sort before it; those that begin alike are near.
            auto const first = std::ranges::lower_bound(masked_, rest.substr(0, 1), {},
                [](value const& v) { return std::string_view(v.text).substr(0, 1); });
            for (auto v = first; v != masked_.end() && v->text[0] == rest[0]; ++v)
                if (rest.starts_with(v->text) && stands_alone(text, i, i + v->text.size()) &&
                    better(i, i + v->text.size()))
                {
                    m = {};
                    m.begin = i;
                    m.end = i + v->text.size();
                    m.type = v->type;
                    m.rule = names_.size() - 1;
                    found = true;
                }
        }
    }
    for (auto const& e : expressions_) {
        std::size_t begin = 0, end = 0;
        if (!e.matcher->find(text, from, found ? std::min(to, m.begin + 1) : to, begin, end) ||
            !better(begin, end))
            continue;
        m.begin = begin;
        m.end = end;
        m.type = e.type;
        m.rule = e.name;
        found = true;
    }
    return found;
}

} // namespace trunkline::mask_detail
