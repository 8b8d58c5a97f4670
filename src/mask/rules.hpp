#pragma once

#include <trunkline/mask/types.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline::mask_detail {

/// A regular expression of an operator. One that was built never changes; matching is thread-safe.
class pattern {
public:
    virtual ~pattern() = default;
    /// The first match that begins in [from, to); what stands around is seen. False if there is none.
    virtual bool find(std::string_view text, std::size_t from, std::size_t to, std::size_t& begin,
        std::size_t& end) const noexcept = 0;
    virtual bool is_whole(std::string_view text) const noexcept = 0;
};

/// Throws std::invalid_argument: this library was built without RE2; the expression is too long,
/// too large when compiled, wrong, or matches the empty text.
std::unique_ptr<pattern const> make_pattern(std::string_view expression);
bool patterns_supported() noexcept;

/**
 * Operators' own rules: values and expressions that go, and those that stay. Written to while a
 * policy is built, shared and read only from then on.
 */
class rule_set {
public:
    static constexpr std::size_t most_patterns = 64;
    static constexpr std::size_t longest_pattern = 1000;
    static constexpr std::size_t most_values = 10'000;
    static constexpr std::size_t shortest_value = 4;
    static constexpr std::size_t longest_value = 512;

    class match {
    public:
        std::size_t begin = 0, end = 0;
        mask_type type = mask_type::generic_secret;
        std::size_t rule = 0; ///< Index into names().
    };

    void mask_value(std::string_view value, mask_type type);
    void mask_pattern(std::string_view name, std::string_view regex, mask_type type);
    void allow_value(std::string_view value, std::string_view reason);
    void allow_pattern(std::string_view regex, std::string_view reason);

    /// Whether anything beyond the library's own rules is masked.
    bool masks() const noexcept { return !masked_.empty() || !expressions_.empty(); }
    bool allows() const noexcept { return !allowed_.empty() || !allowed_expressions_.empty(); }
    /// The reason why a value stays; empty if it does not.
    std::string_view reason_to_keep(std::string_view value) const noexcept;
    /// The match that begins first in [from, to), the longest of those that begin there.
    bool find(std::string_view text, std::size_t from, std::size_t to, match& m) const noexcept;
    /// Of patterns, by index of match::rule; the last one is that of values.
    std::vector<std::string> const& names() const noexcept { return names_; }

private:
    class value {
    public:
        std::string text;
        mask_type type;
    };
    class expression {
    public:
        std::shared_ptr<pattern const> matcher;
        mask_type type;
        std::size_t name;
    };
    class allowance {
    public:
        std::string text;   ///< In small letters.
        std::string digits; ///< Those of a telephone number, without what leads it.
        std::string reason;
    };

    std::vector<value> masked_; ///< In all forms, by text.
    std::vector<expression> expressions_;
    std::vector<allowance> allowed_;
    std::vector<std::pair<std::shared_ptr<pattern const>, std::string>> allowed_expressions_;
    std::vector<std::string> names_{"value"};
};

} // namespace trunkline::mask_detail
