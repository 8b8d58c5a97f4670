#include "core/json_text.hpp"
#include "core/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <span>

namespace trunkline::json {
namespace {

bool is_space(char c) noexcept
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/// The value of four hex digits, or nothing.
std::optional<std::uint32_t> hex4(char const* at, char const* end) noexcept
{
    if (end - at < 4) return std::nullopt;
    std::uint32_t code = 0;
    for (int i = 0; i < 4; ++i) {
        char const c = at[i];
        std::uint32_t digit = 0;
        if (c >= '0' && c <= '9') digit = static_cast<std::uint32_t>(c - '0');
        else if (c >= 'a' && c <= 'f') digit = static_cast<std::uint32_t>(c - 'a' + 10);
        else if (c >= 'A' && c <= 'F') digit = static_cast<std::uint32_t>(c - 'A' + 10);
        else return std::nullopt;
        code = code << 4 | digit;
    }
    return code;
}

bool is_high(std::uint32_t code) noexcept
{
    return code >= 0xd800 && code < 0xdc00;
}

bool is_low(std::uint32_t code) noexcept
{
    return code >= 0xdc00 && code < 0xe000;
}

/// A key as an error message may show it: escaped, on one line, of bounded length.
std::string shown(std::string_view key)
{
    constexpr std::size_t limit = 80;
    bool const cut = key.size() > limit;
    if (cut) {
        auto length = limit;
        while (length > 0 && utf8::is_tail(key[length])) --length;
        key = key.substr(0, length);
    }
    std::string out;
    append_quoted(out, key);
    if (cut) out += "...";
    return out;
}

} // namespace

/**
 * A recursive-descent parser that writes straight into the document. Success pays nothing for
 * error reports: line and column are counted, and the path is put together, only on failure.
 */
class parser {
public:
    parser(std::string_view text, parse_options const& options) noexcept
        : begin_(text.data()), at_(begin_), end_(begin_ + text.size()), depth_left_(options.max_depth)
    {}

    bool run(value& out)
    {
        if (std::string_view(at_, end_).substr(0, 3) == "\xef\xbb\xbf")
            return fail("a byte-order mark is not allowed; remove the first three bytes");
        skip_space();
        if (!parse_value(out)) return false;
        skip_space();
        return at_ == end_ || fail("there is text after the end of the document");
    }

    parse_error error() const
    {
        parse_error e;
        e.reason = reason_;
        e.offset = static_cast<std::size_t>(failed_at_ - begin_);
        e.line = 1 + static_cast<unsigned>(std::count(begin_, failed_at_, '\n'));
        auto const* line_start = failed_at_;
        while (line_start != begin_ && line_start[-1] != '\n') --line_start;
        e.column = 1 + static_cast<unsigned>(failed_at_ - line_start);
        pointer place;
        for (auto step = path_.rbegin(); step != path_.rend(); ++step)
            place = place / std::string_view(*step);
        e.path = place.text();
        return e;
    }

private:
    bool fail_at(char const* where, std::string reason)
    {
        failed_at_ = where;
        reason_ = std::move(reason);
        return false;
    }
    bool fail(std::string reason) { return fail_at(at_, std::move(reason)); }
    bool fail_expecting(std::string_view what)
    {
        std::string const wanted(what);
        if (at_ == end_) return fail("the text ends where " + wanted + " should follow");
        if (*at_ >= 0x20 && *at_ < 0x7f)
            return fail("'" + std::string(1, *at_) + "' found where " + wanted + " should follow");
        return fail("a byte that may not stand here found where " + wanted + " should follow");
    }

    void skip_space() noexcept
    {
        while (at_ != end_ && is_space(*at_)) ++at_;
    }
    bool consume(char c) noexcept
    {
        if (at_ == end_ || *at_ != c) return false;
        ++at_;
        return true;
    }

    bool parse_value(value& out)
    {
        if (at_ == end_) return fail_expecting("a value");
        switch (*at_) {
        case '{': return parse_nested(out, &parser::parse_object);
        case '[': return parse_nested(out, &parser::parse_array);
        case '"': return parse_text(out);
        case 't': return parse_literal("true", out, true);
        case 'f': return parse_literal("false", out, false);
        case 'n': return parse_literal("null", out, nullptr);
        default: return parse_number(out);
        }
    }

    bool parse_nested(value& out, bool (parser::*parse_container)(value&))
    {
        if (depth_left_ == 0) return fail("the document is nested too deeply");
        --depth_left_;
        ++at_;
        skip_space();
        bool const ok = (this->*parse_container)(out);
        ++depth_left_;
        return ok;
    }

    bool parse_text(value& out)
    {
        ++at_;
        std::string_view text;
        if (!parse_quoted(text)) return false;
        out.take(std::string(text));
        return true;
    }

    template <class T>
    bool parse_literal(std::string_view word, value& out, T meaning)
    {
        if (std::string_view(at_, end_).substr(0, word.size()) != word)
            return fail_expecting("a value");
        at_ += word.size();
        out = meaning;
        return true;
    }

    bool parse_number(value& out)
    {
        auto const* const number_end = scan_number(at_, end_);
        if (!number_end) return fail_expecting(*at_ == '-' ? "a number" : "a value");
        out.data_.emplace<number>(number(number::unchecked{}, std::string(at_, number_end)));
        at_ = number_end;
        return true;
    }

    // Items and members are collected on stacks and moved into a vector of exactly their number:
    // most documents are kept, and what a vector that grew has to spare is a third of it.

    bool parse_array(value& out)
    {
        auto const first = items_.size();
        if (!consume(']') && !parse_items(first)) return false;
        array items(std::make_move_iterator(items_.begin() + static_cast<std::ptrdiff_t>(first)),
            std::make_move_iterator(items_.end()));
        items_.resize(first);
        out.data_ = value::shared_array(std::move(items));
        return true;
    }

    bool parse_items(std::size_t first)
    {
        while (true) {
            if (at_container()) {
                auto const index = items_.size() - first;
                value item;
                if (!parse_value(item)) {
                    path_.push_back(std::to_string(index));
                    return false;
                }
                items_.push_back(std::move(item));
            } else if (!parse_value(items_.emplace_back())) {
                return false;
            }
            skip_space();
            if (consume(']')) return true;
            if (!consume(',')) return fail_expecting("',' or ']'");
            skip_space();
        }
    }

    bool parse_object(value& out)
    {
        auto const first = members_.size();
        if (!consume('}') && !parse_members(first)) return false;
        auto const own = std::span<member>(members_).subspan(first);
        if (own.size() > linear_limit && !check_unique(own, first)) return false;
        object members;
        members.members_.assign(
            std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
        members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(first), members_.end());
        key_starts_.resize(first);
        out.data_ = value::shared_object(std::move(members));
        return true;
    }

    bool parse_members(std::size_t first)
    {
        while (true) {
            if (!parse_key(first)) return false;
            skip_space();
            if (!consume(':')) return fail_expecting("':'");
            skip_space();
            if (at_container()) {
                auto const own = members_.size() - 1; // what fails leaves its members behind
                value val;
                if (!parse_value(val)) {
                    path_.push_back(members_[own].key.text());
                    return false;
                }
                members_[own].val = std::move(val);
            } else if (!parse_value(members_.back().val)) {
                return false;
            }
            skip_space();
            if (consume('}')) return true;
            if (!consume(',')) return fail_expecting("',' or '}'");
            skip_space();
        }
    }

    bool parse_key(std::size_t first)
    {
        auto const* const start = at_;
        if (!consume('"')) return fail_expecting("a member name in double quotes");
        std::string_view key;
        if (!parse_quoted(key)) return false;
        if (members_.size() - first <= linear_limit)
            for (auto at = first; at < members_.size(); ++at)
                if (members_[at].key == key) return fail_duplicate(start, key);
        key_starts_.push_back(start);
        members_.emplace_back(member_name(key), value{});
        return true;
    }

    bool fail_duplicate(char const* where, std::string_view key)
    {
        return fail_at(where, "duplicate key " + shown(key));
    }

    /// Sorting, not hashing: no choice of keys by a stranger makes it slow.
    bool check_unique(std::span<member const> members, std::size_t first_key)
    {
        by_name_.clear();
        for (auto const& m : members) by_name_.emplace_back(m);
        std::sort(by_name_.begin(), by_name_.end());
        member const* repeated = nullptr; // the first in the text
        for (std::size_t i = 1; i < by_name_.size(); ++i)
            if (by_name_[i - 1].has_name_of(by_name_[i]) && (!repeated || by_name_[i].of < repeated))
                repeated = by_name_[i].of;
        if (!repeated) return true;
        auto const index = static_cast<std::size_t>(repeated - members.data());
        return fail_duplicate(key_starts_[first_key + index], repeated->key);
    }

    bool at_container() const noexcept { return at_ != end_ && (*at_ == '{' || *at_ == '['); }

    /// After the opening quote, to behind the closing one. Valid until the next.
    bool parse_quoted(std::string_view& out)
    {
        auto const* const run = at_;
        at_ = skip_plain(at_, end_);
        if (at_ != end_ && *at_ == '"') {
            out = {run, at_++};
            return true;
        }
        unescaped_.assign(run, at_);
        if (!parse_string(unescaped_)) return false;
        out = unescaped_;
        return true;
    }

    bool parse_string(std::string& out)
    {
        while (true) {
            auto const* const run = at_;
            at_ = skip_plain(at_, end_);
            out.append(run, at_);
            if (at_ == end_) return fail("the text ends inside a string");
            if (*at_ == '"') {
                ++at_;
                return true;
            }
            if (static_cast<unsigned char>(*at_) < 0x20)
                return fail("control character in a string; write it as an escape");
            if (*at_ != '\\') return fail("the string is not valid UTF-8");
            if (!parse_escape(out)) return false;
        }
    }

    bool parse_escape(std::string& out)
    {
        auto const* const start = at_++;
        if (at_ == end_) return fail("the text ends inside a string");
        switch (*at_++) {
        case '"': out += '"'; return true;
        case '\\': out += '\\'; return true;
        case '/': out += '/'; return true;
        case 'b': out += '\b'; return true;
        case 'f': out += '\f'; return true;
        case 'n': out += '\n'; return true;
        case 'r': out += '\r'; return true;
        case 't': out += '\t'; return true;
        case 'u': return parse_unicode(start, out);
        default: return fail_at(start, "unknown escape in a string");
        }
    }

    bool parse_unicode(char const* start, std::string& out)
    {
        auto const first = hex4(at_, end_);
        if (!first) return fail_at(start, "\\u must be followed by four hex digits");
        at_ += 4;
        if (is_high(*first) && end_ - at_ >= 6 && at_[0] == '\\' && at_[1] == 'u') {
            auto const second = hex4(at_ + 2, end_);
            if (second && is_low(*second)) {
                at_ += 6;
                utf8::append(out, 0x10000 + ((*first - 0xd800) << 10) + (*second - 0xdc00));
                return true;
            }
        }
        utf8::append(out, *first); // a surrogate that is still lone stays so, as WTF-8
        return true;
    }

    char const* begin_;
    char const* at_;
    char const* end_;
    unsigned depth_left_;
    /// Where each key of the open objects begins, innermost last: the place of a duplicate.
    std::vector<char const*> key_starts_;
    std::vector<member> members_; ///< Of the open objects, innermost last, one for each key start.
    std::vector<named_member> by_name_; ///< For check_unique().
    std::string unescaped_;
    std::vector<value> items_; ///< Of the open arrays, innermost last.

    char const* failed_at_ = nullptr;
    std::string reason_;
    std::vector<std::string> path_; ///< Innermost first: collected while unwinding.
};

namespace {

/// The two ends of a path, for one that is as deep as a text can be.
std::string in_short(std::string const& path)
{
    constexpr std::size_t end = 60;
    if (path.size() <= 2 * end) return path;
    auto const back = std::min(path.find('/', path.size() - end), path.size());
    return path.substr(0, path.rfind('/', end)) + "/..." + path.substr(back);
}

} // namespace

std::string parse_error::message() const
{
    std::string out = "line " + std::to_string(line) + ", column " + std::to_string(column);
    if (!path.empty()) {
        out += " (at ";
        append_escaped(out, in_short(path));
        out += ')';
    }
    return out + ": " + reason;
}

std::optional<value> parse(std::string_view text, parse_error& error, parse_options const& options)
{
    if (!text.data()) text = "";
    parser p(text, options);
    std::optional<value> out(std::in_place);
    if (p.run(*out)) {
        error = {};
        return out;
    }
    error = p.error();
    return std::nullopt;
}

value parse(std::string_view text, parse_options const& options)
{
    parse_error error;
    auto out = parse(text, error, options);
    if (!out) throw parse_exception(std::move(error));
    return std::move(*out);
}

} // namespace trunkline::json
