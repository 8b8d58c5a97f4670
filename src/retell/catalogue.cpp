#include "retell/catalogue_node.hpp"
#include "retell/catalogue_shapes.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <deque>

namespace trunkline::retell {

namespace {

constexpr std::array<std::string_view, resource_kind_count> kind_names = {
    "agent", "retell-llm", "conversation-flow", "phone-number", "knowledge-base"};

constexpr std::array<std::string_view, field_class_count> class_names = {"managed", "identity",
    "server-owned", "server-filled", "release-owned", "reference", "secret", "secret URL",
    "write-only", "set", "keyed list", "ordered list", "opaque map", "text", "weighted group",
    "object", "cosmetic"};

} // namespace

std::string_view name(resource_kind k) noexcept
{
    return kind_names[static_cast<std::size_t>(k)];
}

std::optional<resource_kind> parse_resource_kind(std::string_view text) noexcept
{
    auto const at = std::find(kind_names.begin(), kind_names.end(), text);
    if (at == kind_names.end()) return std::nullopt;
    return static_cast<resource_kind>(at - kind_names.begin());
}

std::string_view name(field_class c) noexcept
{
    return class_names[static_cast<std::size_t>(c)];
}

namespace detail {

field_shape const& shape(shape_id id) noexcept
{
    constexpr auto count = static_cast<std::size_t>(shape_id::count);
    static constexpr std::array<field_shape const*, count> all = {nullptr, &agent_shape, &llm_shape,
        &flow_shape, &phone_number_shape, &tool_shape, &state_shape, &mcp_shape, &node_shape,
        &component_shape, &edge_shape, &condition_shape, &example_shape, &global_node_shape,
        &variable_shape, &transfer_destination_shape, &transfer_option_shape, &weighted_agent_shape,
        &note_shape, &point_shape, &schema_shape, &knowledge_base_shape, &knowledge_text_shape};
    return *all[static_cast<std::size_t>(id)];
}

shape_id root_shape(resource_kind k) noexcept
{
    static constexpr std::array roots = {shape_id::agent, shape_id::llm, shape_id::flow,
        shape_id::phone_number, shape_id::knowledge_base};
    return roots[static_cast<std::size_t>(k)];
}

/// What the table is compiled into: a node for each place of each kind, and the flat list of rules.
class compiled_table {
public:
    std::deque<field_node> nodes;
    std::deque<std::string> paths;
    std::vector<field_rule> rules;
    std::array<field_node*, resource_kind_count> roots{};
};

/// Unfolds the shapes into a tree. Only JSON schemas refer to themselves; there it becomes a cycle.
class table_compiler {
public:
    static compiled_table const& table();

    static field_node const& unlisted(bool describes_data)
    {
        static field_node const plain;
        static field_node const described = [] {
            field_node n;
            n.describes_data = true;
            return n;
        }();
        return describes_data ? described : plain;
    }

private:
    void compile(resource_kind k)
    {
        kind_ = k;
        auto& root = new_node();
        root.cls = field_class::object;
        table_.roots[static_cast<std::size_t>(k)] = &root;
        mount(root_shape(k), root, "", false);
    }

    void mount(shape_id id, field_node& at, std::string const& prefix, bool describes_data)
    {
        open_.emplace_back(id, &at);
        for (auto const& row : shape(id).rows) add(row, at, prefix, describes_data);
        open_.pop_back();
    }

    void add(table_row const& row, field_node& base, std::string const& prefix, bool describes_data)
    {
        auto const cut = row.path.rfind('/');
        auto* parent = &base;
        if (cut != std::string_view::npos) parent = &descend(base, row.path.substr(0, cut));
        auto const last = cut == std::string_view::npos ? row.path : row.path.substr(cut + 1);
        if (auto* again = open(row.shape)) {
            link(*parent, last, *again);
            return;
        }
        auto& node = descend(*parent, last);
        auto const path = prefix + std::string(row.path);
        node.cls = row.cls;
        node.describes_data = describes_data || row.describes_data || parent->describes_data;
        node.is_language = path == "language" && kind_ == resource_kind::agent;
        add_rule(row, node, path);
        if (row.shape == shape_id::none) return;
        bool const of_items = row.cls == field_class::keyed_list ||
            row.cls == field_class::ordered_list || row.cls == field_class::weighted_group;
        if (of_items) mount(row.shape, descend(node, "[]"), path + "/[]/", node.describes_data);
        else mount(row.shape, node, path + "/", node.describes_data);
    }

    void add_rule(table_row const& row, field_node& node, std::string const& path)
    {
        rule_of_.emplace_back(&node, table_.rules.size());
        auto const& kept = table_.paths.emplace_back(path);
        table_.rules.push_back({kind_, kept, row.cls, row.key, row.target, row.fallback,
            values_of(open_.back().first, row)});
    }

    /// The node a shape was mounted at if we are inside that shape.
    field_node* open(shape_id id) const
    {
        for (auto const& [shape, node] : open_)
            if (shape == id && id != shape_id::none) return node;
        return nullptr;
    }

    field_node& new_node() { return table_.nodes.emplace_back(); }

    field_node& descend(field_node& from, std::string_view path)
    {
        auto* at = &from;
        while (true) {
            auto const cut = path.find('/');
            at = &step(*at, path.substr(0, cut));
            if (cut == std::string_view::npos) return *at;
            path.remove_prefix(cut + 1);
        }
    }

    field_node& step(field_node& from, std::string_view name)
    {
        if (auto* known = const_cast<field_node*>(next(from, name))) return *known;
        auto& node = new_node();
        node.describes_data = from.describes_data;
        link(from, name, node);
        return node;
    }

    static field_node const* next(field_node const& from, std::string_view name)
    {
        if (name == "[]") return from.item_;
        if (name == "*") return from.any_;
        return from.find(name);
    }

    static void link(field_node& from, std::string_view name, field_node& to)
    {
        if (name == "[]") from.item_ = &to;
        else if (name == "*") from.any_ = &to;
        else insert(from, name, to);
    }

    static void insert(field_node& from, std::string_view key, field_node& to)
    {
        if (2 * ++from.used_ > from.slots_.size()) {
            auto const old = std::move(from.slots_);
            from.slots_.assign(std::bit_ceil(2 * from.used_), {});
            for (auto const& s : old)
                if (s.node) place(from, s);
        }
        place(from, {key, &to});
    }

    static void place(field_node& in, field_node::slot s)
    {
        auto const mask = in.slots_.size() - 1;
        auto at = field_node::hash(s.key) & mask;
        while (in.slots_[at].node) at = (at + 1) & mask;
        in.slots_[at] = s;
    }

    /// Rules have their final address only now; what follows from rows and children is derived.
    void finish()
    {
        for (auto const& [node, index] : rule_of_) node->rule = &table_.rules[index];
        for (auto& n : table_.nodes) {
            bool const has_members = !n.slots_.empty() || n.any_;
            if (has_members && !n.rule) n.cls = field_class::object;
            n.is_object =
                has_members || n.cls == field_class::object || n.cls == field_class::opaque_map;
        }
        for (auto& n : table_.nodes)
            if (n.rule && !n.rule->fallback.empty())
                n.fallback = normal_form(n, json::parse(n.rule->fallback));
    }

    resource_kind kind_{};
    compiled_table table_;
    std::vector<std::pair<shape_id, field_node*>> open_;
    std::vector<std::pair<field_node*, std::size_t>> rule_of_;
};

compiled_table const& table_compiler::table()
{
    static table_compiler const done = [] {
        table_compiler c;
        for (auto k : {resource_kind::agent, resource_kind::llm, resource_kind::flow,
                 resource_kind::phone_number, resource_kind::knowledge_base})
            c.compile(k);
        c.finish();
        return c;
    }();
    return done.table_;
}

field_node const* root_node(resource_kind k) noexcept
{
    return table_compiler::table().roots[static_cast<std::size_t>(k)];
}

std::size_t field_node::hash(std::string_view key) noexcept
{
    // Length and three letters tell the names of one shape apart well enough; a lookup that fails
    // compares no string at all in most cases.
    if (key.empty()) return 0;
    auto const letter = [&](std::size_t i) { return static_cast<unsigned char>(key[i]); };
    return key.size() * 31 + letter(0) * 7 + letter(key.size() / 2) * 13 +
        letter(key.size() - 1) * 3;
}

field_node const* field_node::find(std::string_view key) const noexcept
{
    if (slots_.empty()) return nullptr;
    auto const mask = slots_.size() - 1;
    for (auto at = hash(key) & mask; slots_[at].node; at = (at + 1) & mask)
        if (slots_[at].key == key) return slots_[at].node;
    return nullptr;
}

std::vector<std::string_view> field_node::names() const
{
    std::vector<std::string_view> out;
    for (auto const& s : slots_)
        if (s.node) out.push_back(s.key);
    std::ranges::sort(out); // the same whatever the hash
    return out;
}

field_node const* field_node::unlisted() const noexcept
{
    return &table_compiler::unlisted(describes_data);
}

field_node const* field_node::member(std::string_view key) const noexcept
{
    if (auto const* listed = find(key)) return listed;
    return any_ ? any_ : unlisted();
}

field_node const* field_node::item() const noexcept
{
    return item_ ? item_ : unlisted();
}

} // namespace detail

std::span<field_rule const> field_rules() noexcept
{
    return detail::table_compiler::table().rules;
}

field_cursor::field_cursor(resource_kind kind) : node_(detail::root_node(kind)) {}

field_cursor field_cursor::member(std::string_view key) const noexcept
{
    return field_cursor(node_->member(key));
}

field_cursor field_cursor::item() const noexcept
{
    return field_cursor(node_->item());
}

field_class field_cursor::cls() const noexcept
{
    return node_->cls;
}

field_rule const* field_cursor::rule() const noexcept
{
    return node_->rule;
}

json::value const* field_cursor::fallback() const noexcept
{
    return node_->fallback ? &*node_->fallback : nullptr;
}

bool field_cursor::is_object() const noexcept
{
    return node_->is_object;
}

bool field_cursor::describes_data() const noexcept
{
    return node_->describes_data;
}

std::vector<std::string_view> field_cursor::members() const
{
    return node_->names();
}

} // namespace trunkline::retell
