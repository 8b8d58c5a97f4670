#include "core/json_text.hpp"
#include "core/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace trunkline::json {
namespace {

void append_unit(std::string& out, std::uint32_t unit)
{
    constexpr char digits[] = "0123456789abcdef";
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out += digits[(unit >> shift) & 0xf];
}

void append_control(std::string& out, char c)
{
    switch (c) {
    case '\b': out += "\\b"; break;
    case '\t': out += "\\t"; break;
    case '\n': out += "\\n"; break;
    case '\f': out += "\\f"; break;
    case '\r': out += "\\r"; break;
    default: append_unit(out, static_cast<unsigned char>(c));
    }
}

/// Appends a lone surrogate, or a stand-in for a byte that is no UTF-8, and says how long it was.
std::size_t append_sequence(std::string& out, char const* at, char const* end)
{
    auto const length = utf8::wtf8_length(at, end);
    if (length == 0) { // not from parse(): what we write is JSON all the same
        out += "\xef\xbf\xbd";
        return 1;
    }
    auto const low = [](char c) { return static_cast<std::uint32_t>(c) & 0x3f; };
    append_unit(out, 0xd000U | low(at[1]) << 6 | low(at[2]));
    return length;
}

/// Writes a document; `Layout` decides about white space, order and spelling of numbers.
template <class Layout>
class writer {
public:
    explicit writer(std::string& out) : out_(out) {}

    void write(value const& v)
    {
        switch (v.kind()) {
        case kind::null: out_ += "null"; break;
        case kind::boolean: out_ += v.as_bool() ? "true" : "false"; break;
        case kind::number: Layout::append(out_, v.as_number()); break;
        case kind::string: append_quoted(out_, v.as_string()); break;
        case kind::array: write_array(v.as_array()); break;
        case kind::object: write_object(v.as_object()); break;
        }
    }

private:
    void write_array(array const& items)
    {
        begin('[');
        for (auto const& item : items) {
            next(&item == items.data());
            write(item);
        }
        end(']', items.empty());
    }

    void write_object(object const& o)
    {
        begin('{');
        bool first = true;
        layout_.for_each(o, [&](member const& m) {
            next(first);
            first = false;
            append_quoted(out_, m.key);
            out_ += Layout::pretty ? ": " : ":";
            write(m.val);
        });
        end('}', o.empty());
    }

    void begin(char bracket)
    {
        out_ += bracket;
        ++depth_;
    }
    void next(bool first)
    {
        if (!first) out_ += ',';
        new_line();
    }
    void end(char bracket, bool empty)
    {
        --depth_;
        if (!empty) new_line();
        out_ += bracket;
    }
    void new_line()
    {
        if constexpr (Layout::pretty) {
            out_ += '\n';
            out_.append(2 * depth_, ' ');
        }
    }

    std::string& out_;
    std::size_t depth_ = 0;
    Layout layout_;
};

struct as_is {
    static constexpr bool pretty = false;
    static void append(std::string& out, number const& n) { out += n.text(); }
    template <class F>
    static void for_each(object const& o, F f)
    {
        for (auto const& m : o) f(m);
    }
};

struct indented : as_is {
    static constexpr bool pretty = true;
};

class canonical_form {
public:
    static constexpr bool pretty = false;
    static void append(std::string& out, number const& n) { append_canonical(out, n); }
    template <class F>
    void for_each(object const& o, F f)
    {
        auto const first = open_.size();
        for (auto const& m : o) open_.emplace_back(m);
        std::sort(open_.begin() + static_cast<std::ptrdiff_t>(first), open_.end());
        auto const last = open_.size();
        for (auto at = first; at < last; ++at) f(*open_[at].of);
        open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(first), open_.end());
    }

private:
    std::vector<named_member> open_; ///< Members of the open objects, innermost last.
};

} // namespace

void append_escaped(std::string& out, std::string_view text)
{
    auto const* at = text.data();
    auto const* const end = at + text.size();
    while (at != end) {
        auto const* const run = at;
        at = skip_plain(at, end);
        out.append(run, at);
        if (at == end) return;
        if (static_cast<unsigned char>(*at) >= 0x80) {
            at += append_sequence(out, at, end);
            continue;
        }
        if (*at == '"' || *at == '\\') (out += '\\') += *at;
        else append_control(out, *at);
        ++at;
    }
}

void append_quoted(std::string& out, std::string_view text)
{
    out += '"';
    auto const* const end = text.data() + text.size();
    auto const* const plain = skip_plain(text.data(), end); // mostly all of it
    out.append(text.data(), plain);
    if (plain != end)
        append_escaped(out, text.substr(static_cast<std::size_t>(plain - text.data())));
    out += '"';
}

void append_text(std::string& out, value const& v, style s)
{
    if (s == style::pretty) writer<indented>(out).write(v);
    else writer<as_is>(out).write(v);
}

std::string to_text(value const& v, style s)
{
    std::string out;
    append_text(out, v, s);
    return out;
}

std::string canonical(value const& v)
{
    std::string out;
    writer<canonical_form>(out).write(v);
    return out;
}

} // namespace trunkline::json
