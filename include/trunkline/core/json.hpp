#pragma once

#include <trunkline/core/detail/shared_part.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/**
 * Lossless JSON documents.
 *
 * A resource of the service *is* its JSON document, so nothing may be lost between reading and
 * writing one: member order, unknown members, the spelling of numbers ("31.4500", "1e400",
 * 20-digit integers) and lone surrogates survive; absent, null and a value stay three things.
 * (Boost.JSON's value keeps none of the number spellings: docs/decisions/001.)
 */
namespace trunkline::json {

enum class kind : std::uint8_t { null, boolean, number, string, array, object };

class value;
class object;
using array = std::vector<value>;

/// A JSON number as it was spelled.
class number {
public:
    /// Precondition: `lexeme` matches the JSON grammar of numbers (checked: std::invalid_argument).
    explicit number(std::string lexeme);
    /// Any integer type but bool, in decimal.
    template <class I>
    requires(std::integral<I> && !std::same_as<I, bool>) explicit number(I v)
        : text_(std::to_string(v))
    {}
    /// Shortest spelling that reads back equal. Throws std::invalid_argument for NaN and
    /// infinities.
    explicit number(double v);

    std::string const& text() const noexcept { return text_; }
    /// The value if it is an integer in range (1, 1.0 and 1e0 all are), else nothing.
    std::optional<std::int64_t> to_int64() const noexcept;
    /// Nearest double; infinity where the number is out of range.
    double to_double() const noexcept;
    /**
     * The one spelling shared by all equal numbers: 1.0, 1e0 and 1 give "1", -0 gives "0".
     *
     * Numbers are compared exactly, with one exception: those with more than 15 significant digits
     * that are neither integers nor outside the normal range of a double stand for the double next
     * to them, because that is what the service keeps of them. Spelled as ECMAScript does: plain
     * up to 21 digits, "1.5e+21" beyond. Linear in the length of the text, whatever the exponent.
     */
    std::string canonical() const;

    /// Numeric equality.
    friend bool operator==(number const& a, number const& b)
    {
        return a.text_ == b.text_ || a.canonical() == b.canonical();
    }

private:
    friend class parser;
    struct unchecked {};
    number(unchecked, std::string lexeme) : text_(std::move(lexeme)) {}
    std::string text_;
};

/**
 * The name of a member: a text that does not change. Documents of an account have the same few
 * hundred names, so a thread gives out the one it has of them instead of a new one each time; how
 * that is bounded stands in docs/decisions/011.
 *
 * Thread safety: as of any value.
 */
class member_name {
public:
    explicit member_name(std::string_view text);

    std::string const& text() const noexcept { return text_.read(); }
    operator std::string const&() const noexcept { return text(); }
    operator std::string_view() const noexcept { return text(); }

    friend bool operator==(member_name const& a, member_name const& b) noexcept
    {
        return a.text_.is_same(b.text_) || a.text() == b.text();
    }
    friend auto operator<=>(member_name const& a, member_name const& b) noexcept
    {
        return a.text() <=> b.text();
    }
    friend bool operator==(member_name const& a, std::string_view b) noexcept
    {
        return a.text() == b;
    }
    friend auto operator<=>(member_name const& a, std::string_view b) noexcept
    {
        return std::string_view(a) <=> b;
    }
    friend std::string operator+(std::string a, member_name const& b)
    {
        return std::move(a += b.text());
    }
    friend std::string operator+(member_name const& a, std::string_view b)
    {
        return a.text() + std::string(b);
    }

private:
    friend class kept_names;
    detail::shared_part<std::string> text_;
};

class member;

/// Members in order of appearance; keys are unique.
class object {
public:
    object();
    object(std::initializer_list<std::pair<std::string_view, value>> members);
    object(object const&);
    object(object&&) noexcept;
    object& operator=(object const&);
    object& operator=(object&&) noexcept;
    ~object();

    std::size_t size() const noexcept;
    bool empty() const noexcept;
    /// Null when absent.
    value const* find(std::string_view key) const noexcept;
    value* find(std::string_view key) noexcept;
    bool contains(std::string_view key) const noexcept { return find(key) != nullptr; }
    /// Replaces in place, or appends.
    value& set(std::string_view key, value v);
    /// Appends a null when absent.
    value& operator[](std::string_view key);
    /// Keeps the order of the others. Returns whether it was there.
    bool erase(std::string_view key);
    /// Gives a member another key, in place. Precondition: `from` is present and `to` is absent.
    void rename(std::string_view from, std::string_view to);

    member const* begin() const noexcept;
    member const* end() const noexcept;
    member* begin() noexcept;
    member* end() noexcept;

private:
    friend class parser;
    std::vector<member> members_;
};

/**
 * One JSON value. A regular type: copies are independent of each other (and cheap: what arrays and
 * objects hold is copied when it is written to), moves are cheap, a moved-from value is null.
 * Concurrent reads are safe; a write needs exclusive access. A write to one copy ends the
 * references that were taken from it for reading.
 */
class value {
public:
    value() noexcept = default;
    value(std::nullptr_t) noexcept {}
    template <class B>
    requires std::same_as<B, bool> value(B b)
    noexcept : data_(b) {}
    template <class I>
    requires(std::integral<I> && !std::same_as<I, bool>) value(I v) : data_(number(v)) {}
    value(char) = delete; // neither its code nor a string is the obvious meaning
    value(double v) : data_(number(v)) {}
    value(number n) noexcept : data_(std::move(n)) {}
    value(std::string s) { take(std::move(s)); }
    value(std::string_view s) { take(std::string(s)); }
    value(char const* s) { take(std::string(s)); }
    value(array a) : data_(shared_array(std::move(a))) {}
    value(object o) : data_(shared_object(std::move(o))) {}

    value(value const&) = default;
    value(value&& other) noexcept : data_(std::move(other.data_)) { other.data_ = {}; }
    /// Both assignments take a part of the target itself: v = v.as_array()[0].
    value& operator=(value const& other)
    {
        auto copy = other.data_;
        data_ = std::move(copy);
        return *this;
    }
    value& operator=(value&& other) noexcept
    {
        auto taken = std::move(other.data_);
        other.data_ = {};
        data_ = std::move(taken);
        return *this;
    }
    ~value() = default;

    json::kind kind() const noexcept
    {
        auto const i = data_.index();
        return i == long_string ? json::kind::string : static_cast<json::kind>(i);
    }
    bool is_null() const noexcept { return kind() == json::kind::null; }
    bool is_bool() const noexcept { return kind() == json::kind::boolean; }
    bool is_number() const noexcept { return kind() == json::kind::number; }
    bool is_string() const noexcept { return kind() == json::kind::string; }
    bool is_array() const noexcept { return kind() == json::kind::array; }
    bool is_object() const noexcept { return kind() == json::kind::object; }

    /// Precondition of each: the kind matches (std::bad_variant_access otherwise).
    bool as_bool() const { return std::get<bool>(data_); }
    number const& as_number() const { return std::get<number>(data_); }
    std::string const& as_string() const
    {
        auto const* const text = string_if();
        return text ? *text : std::get<std::string>(data_);
    }
    std::string& as_string()
    {
        auto* const text = std::get_if<shared_string>(&data_);
        return text ? text->write() : std::get<std::string>(data_);
    }
    array const& as_array() const { return std::get<shared_array>(data_).read(); }
    array& as_array() { return std::get<shared_array>(data_).write(); }
    object const& as_object() const { return std::get<shared_object>(data_).read(); }
    object& as_object() { return std::get<shared_object>(data_).write(); }

    /// The member, or null where this is no object or has no such member.
    value const* find(std::string_view key) const noexcept;
    value* find(std::string_view key);
    /// find() for chains: a shared null where absent.
    value const& at_or_null(std::string_view key) const noexcept;
    /// The string, or `fallback` where this is no string.
    std::string_view string_or(std::string_view fallback) const noexcept;
    /// The integer, or `fallback` where this is no integer.
    std::int64_t int_or(std::int64_t fallback) const noexcept;
    bool bool_or(bool fallback) const noexcept;
    /// The member of an object that is a string, else `fallback`.
    std::string_view string_at(std::string_view key, std::string_view fallback = {}) const noexcept;
    std::int64_t int_at(std::string_view key, std::int64_t fallback = -1) const noexcept;
    bool bool_at(std::string_view key, bool fallback = false) const noexcept;

    /// Makes this an object (dropping what it was unless it is one) and returns it.
    object& make_object();
    array& make_array();

    /// Equality of meaning: member order and spelling of numbers do not count.
    friend bool operator==(value const& a, value const& b);
    /// True for copies that still hold their content together: equal, and found out at once.
    bool shares_with(value const& other) const noexcept;

private:
    friend class parser;
    friend void settle(value& v) noexcept;
    using shared_array = detail::shared_part<array>;
    using shared_object = detail::shared_part<object>;
    using shared_string = detail::shared_part<std::string>;
    /// Strings of more are prompts and the like, of which copies are many: they share theirs.
    static constexpr std::size_t longest_own = 64;
    static constexpr std::size_t long_string = 6; // index into data_

    void take(std::string&& s);
    std::string const* string_if() const noexcept
    {
        auto const* const text = std::get_if<shared_string>(&data_);
        return text ? &text->read() : std::get_if<std::string>(&data_);
    }

    std::variant<std::monostate, bool, number, std::string, shared_array, shared_object, shared_string>
        data_;
};

class member {
public:
    member(member_name k, value v) noexcept : key(std::move(k)), val(std::move(v)) {}
    member_name key;
    value val;
};

/// Equality to the letter: member order and number spelling count too.
bool identical(value const& a, value const& b);
/// Says that nobody holds a reference to write through: from here on copies of `v` share what it
/// holds. For documents that were worked on and are kept now.
void settle(value& v) noexcept;
/// Keeps what is identical in both (all, or whole members of two objects) only once in memory.
void keep_once(value& a, value const& b);

/// Where and why a text is not JSON.
class parse_error {
public:
    parse_error() {}
    std::string reason;          ///< For example "duplicate key \"name\"".
    std::size_t offset = 0;      ///< Bytes from the start.
    unsigned line = 0;           ///< From 1.
    unsigned column = 0;         ///< From 1, in bytes.
    std::string path;            ///< JSON pointer of the innermost container.
    std::string message() const; ///< "line 3, column 14 (at /tools/0): ..."
};

class parse_exception : public std::runtime_error {
public:
    explicit parse_exception(parse_error e) : std::runtime_error(e.message()), where(std::move(e))
    {}
    parse_error where;
};

class parse_options {
public:
    parse_options() {}
    unsigned max_depth = 512;
};

/**
 * Reads one RFC 8259 text. Refused: duplicate keys, invalid UTF-8, a byte-order mark, trailing
 * text, deeper nesting than `max_depth`. Lone surrogate escapes are kept (as WTF-8 in memory).
 * Returns nothing and fills `error` on failure. Linear in the length; no recursion beyond
 * max_depth.
 */
std::optional<value> parse(std::string_view text, parse_error& error, parse_options const& = {});
/// Throwing form: parse_exception.
value parse(std::string_view text, parse_options const& = {});

enum class style { compact, pretty };
/// Writes a document; pretty is two spaces and no final newline. Lone surrogates come out as
/// escapes, \ud800 to \udfff.
std::string to_text(value const& v, style s = style::compact);
void append_text(std::string& out, value const& v, style s = style::compact);

/**
 * The canonical form: keys sorted by bytes, numbers canonical, no white space, minimal escapes.
 * Equal values have equal canonical forms, and only they.
 */
std::string canonical(value const& v);

/// One step of a path: a member name or an index.
using path_step = std::variant<std::string, std::size_t>;

/// RFC 6901 pointers. "" addresses the document.
class pointer {
public:
    pointer() = default;
    /// Throws std::invalid_argument if the text is not "" and does not begin with "/", or holds a
    /// bad "~".
    explicit pointer(std::string_view text);
    pointer operator/(std::string_view key) const;
    pointer operator/(std::size_t index) const;
    std::string text() const;
    std::vector<std::string> const& steps() const noexcept { return steps_; }
    /// Null when the path does not exist.
    value const* resolve(value const& root) const noexcept;
    value* resolve(value& root) const;
    /**
     * Puts a value at this place and returns it; absent parents become objects. In an array the
     * index one past the end, or "-", appends. Null, and nothing changed, where the path leads
     * through a scalar or a gap of an array.
     */
    value* set(value& root, value v) const;
    /// Removes the place from its container. False where it does not exist or is the document.
    bool erase(value& root) const;

private:
    std::vector<std::string> steps_;
};

/// One difference between two documents.
class difference {
public:
    difference() {}
    std::string path;            ///< JSON pointer.
    std::optional<value> before; ///< Nothing: absent.
    std::optional<value> after;  ///< Nothing: absent.
};
/**
 * All places where two documents differ in meaning; arrays are compared index by index. A value
 * that came, went or changed its kind is one difference, whatever it holds. Changes and additions
 * come in document order of `before` and `after`; so do removals.
 */
std::vector<difference> diff(value const& before, value const& after);
/// Makes a document out of `before` that is equal to `after`. Places that do not exist are skipped;
/// the result says whether there were none.
bool patch(value& document, std::vector<difference> const& changes);

/// The three states of a field.
enum class presence { absent, null, present };
presence presence_of(value const& object, std::string_view key) noexcept;

} // namespace trunkline::json
