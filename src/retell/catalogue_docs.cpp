#include "retell/catalogue_table.hpp"

#include <trunkline/core/crypto.hpp>

#include <array>

namespace trunkline::retell {

namespace {

using detail::shape_id;
using detail::table_row;

constexpr std::array<std::string_view, field_class_count> meanings = {
    "compared and merged as one value; also what a field nobody listed is",
    "the key; never written, never compared",
    "the service's bookkeeping; never compared, never sent",
    "compared only if the author wrote it; the value the service fills in equals being absent",
    "written by a release; not compared",
    "an id of another resource; a logical name in files",
    "a secret: sealed at rest, compared by keyed digest, a reference in files",
    "a URL whose userinfo and query values are secrets; the rest stays readable",
    "a secret that cannot be read back; not compared",
    "a list whose order does not count; additions and removals merge",
    "a list of objects merged one by one by the key named",
    "a list compared as one value",
    "the author's keys, merged key by key, never interpreted",
    "long text; a file of its own in a bundle where it is a prompt",
    "one value; the weights sum to exactly 1",
    "merged member by member; `[]` in its place is damage and is repaired to `{}`",
    "kept on write, but no change by itself",
};

void append_classes(std::string& out)
{
    out += "| class | meaning |\n|---|---|\n";
    for (std::size_t i = 0; i < field_class_count; ++i) {
        out += "| ";
        out += name(static_cast<field_class>(i));
        out += " | ";
        out += meanings[i];
        out += " |\n";
    }
}

std::string describe(table_row const& row)
{
    std::string out;
    auto const add = [&](std::string_view what, std::string_view value) {
        if (value.empty()) return;
        if (!out.empty()) out += ", ";
        out += what;
        out += value;
    };
    auto const quoted = [](std::string_view v) {
        return v.empty() ? std::string{} : '`' + std::string(v) + '`';
    };
    bool const is_reference = row.cls == field_class::reference;
    add("to ", row.target);
    add(is_reference ? "only if " : "key ", quoted(row.key));
    if (row.shape != shape_id::none) add("see ", detail::shape(row.shape).title);
    if (row.fallback == detail::rows::nullable) add("", "nullable");
    else add("default ", quoted(row.fallback));
    if (row.describes_data) add("", "names are data");
    return out;
}

void append_shape(std::string& out, detail::field_shape const& s)
{
    out += "\n## ";
    out += s.title;
    out += "\n\n| field | class | notes |\n|---|---|---|\n";
    for (auto const& row : s.rows) {
        out += "| `";
        out += row.path;
        out += "` | ";
        out += name(row.cls);
        out += " | ";
        out += describe(row);
        out += " |\n";
    }
}

} // namespace

std::string field_table_markdown()
{
    std::string out = "# Fields\n\n"
                      "What Trunkline knows of every field of a resource. Diff, merge, hash, "
                      "export and redaction read\n"
                      "this table; it is written from `src/retell/catalogue_*.cpp`, and a test "
                      "keeps this page equal to\n"
                      "it (`TRUNKLINE_UPDATE_DOCS=1` makes the test write the page instead).\n\n"
                      "`[]` is an item of a list, `*` any member of a map. A default is the "
                      "documented one: absent and\n"
                      "null equal it. Nullable without a default: null clears the field and equals "
                      "absent. A field that\n"
                      "is not listed is carried through untouched and compared as one value.\n\n"
                      "## Classes\n\n";
    append_classes(out);
    for (auto id = 1; id < static_cast<int>(shape_id::count); ++id)
        append_shape(out, detail::shape(static_cast<shape_id>(id)));
    return out;
}

std::string const& catalogue_digest()
{
    static std::string const digest = crypto::to_hex(crypto::sha256(field_table_markdown()));
    return digest;
}

} // namespace trunkline::retell
