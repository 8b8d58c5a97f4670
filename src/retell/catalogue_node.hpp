#pragma once

#include "retell/catalogue_table.hpp"

namespace trunkline::retell::detail {

/// One place of the compiled table. A document is walked from node to node, never by path.
class field_node {
public:
    field_class cls = field_class::managed;
    bool is_object = false;
    bool describes_data = false;
    bool is_language = false; ///< Scalar or list: compared as a list.
    field_rule const* rule = nullptr;
    std::optional<json::value> fallback; ///< Parsed, in normal form.

    /// The place of a member; never null.
    field_node const* member(std::string_view key) const noexcept;
    field_node const* item() const noexcept;
    /// The place of members that have no row of their own; null if there is none.
    field_node const* any_member() const noexcept { return any_; }
    std::vector<std::string_view> names() const;

private:
    friend class table_compiler;
    class slot {
    public:
        std::string_view key;
        field_node const* node = nullptr;
    };
    static std::size_t hash(std::string_view key) noexcept;
    field_node const* find(std::string_view key) const noexcept;
    field_node const* unlisted() const noexcept;

    std::vector<slot> slots_; ///< Open addressing; a power of two, at most half full.
    std::size_t used_ = 0;
    field_node* any_ = nullptr;
    field_node* item_ = nullptr;
};

field_node const* root_node(resource_kind k) noexcept;

/// The value as it is compared, without asking whether it equals being absent.
json::value normal_form(field_node const& at, json::value v);

} // namespace trunkline::retell::detail
