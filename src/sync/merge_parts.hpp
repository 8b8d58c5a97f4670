#pragma once

#include <trunkline/retell/catalogue.hpp>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

/// What merge and changes share: comparison by the catalogue, lists with keys, paths for readers.
namespace trunkline::sync::detail {

/// A value that may be absent.
using maybe = json::value const*;

std::optional<json::value> copied(maybe v);

/// Whether two values mean the same at this place: by class, and absent equals the default.
bool same(retell::field_cursor at, maybe a, maybe b);

/// An absent or null container counts as an empty one where the other sides have one.
bool is_object_or_nothing(maybe v);
bool is_array_or_nothing(maybe v);
/// The member, or null.
maybe member_of(maybe v, std::string_view key);

/// Finds members of an object by the names of another one, which mostly has them in the same order.
class members_beside {
public:
    explicit members_beside(json::object const& o) : object_(o), at_(o.begin()) {}
    /// Null where there is none.
    maybe find(json::member_name const& name);

private:
    json::object const& object_;
    json::member const* at_; ///< Behind the last one found.
};

/// A list of objects by key, in order. Absent is an empty list. Not usable if it is something else,
/// or if a key is missing, no string, empty or not unique.
class keyed_items {
public:
    keyed_items(maybe list, std::string_view key_member);
    bool usable() const noexcept { return usable_; }
    std::vector<std::string_view> const& keys() const noexcept { return keys_; }
    maybe find(std::string_view key) const;
    /// Those of our keys that the others have as well, in our order.
    std::vector<std::string_view> shared_with(
        std::initializer_list<keyed_items const*> others) const;

private:
    std::vector<std::string_view> keys_;
    std::unordered_map<std::string_view, maybe> items_;
    bool usable_ = true;
};

/// A path that grows and shrinks with the walk: "tools[book_appointment].parameters.type".
class readable_path {
public:
    std::string const& text() const noexcept { return text_; }

    /// Takes back what was appended when it goes out of scope.
    class step {
    public:
        step(readable_path& p, std::size_t length) : path_(p), length_(length) {}
        step(step const&) = delete;
        step& operator=(step const&) = delete;
        ~step() { path_.text_.resize(length_); }

    private:
        readable_path& path_;
        std::size_t length_;
    };
    [[nodiscard]] step member(std::string_view key);
    [[nodiscard]] step item(std::string_view key);

private:
    std::string text_;
};

} // namespace trunkline::sync::detail
