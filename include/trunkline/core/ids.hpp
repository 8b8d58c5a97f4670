#pragma once

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace trunkline {

/// An opaque identifier that cannot be mistaken for another kind of identifier.
template <class Tag>
class strong_id {
public:
    strong_id() = default;
    explicit strong_id(std::string text) : text_(std::move(text)) {}
    std::string const& str() const noexcept { return text_; }
    bool empty() const noexcept { return text_.empty(); }
    friend auto operator<=>(strong_id const&, strong_id const&) = default;

private:
    std::string text_;
};

/// Whose account: a part of every key under which state is looked up.
using tenant_id = strong_id<struct tenant_tag>;
using agent_id = strong_id<struct agent_tag>;
using release_id = strong_id<struct release_tag>;

} // namespace trunkline

template <class Tag>
struct std::hash<trunkline::strong_id<Tag>> {
    std::size_t operator()(trunkline::strong_id<Tag> const& id) const noexcept
    {
        return std::hash<std::string>{}(id.str());
    }
};
