#include "control_center/folder_reading.hpp"

#include "control_center/impl.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace trunkline::detail {

namespace {

std::int64_t nanoseconds(timespec const& t)
{
    return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

bool is_same_row(store::base_row const& a, store::base_row const& b)
{
    return a.kind == b.kind && a.id == b.id && a.name == b.name && a.version == b.version &&
        a.published == b.published && a.engine_id == b.engine_id && a.digest == b.digest;
}

} // namespace

folder_reading::folder_reading(control_center::impl& c, std::filesystem::path dir)
    : center_(c), dir_(std::move(dir)), stamps_(stamps()), local_(read_folder(c, dir_, bases_))
{}

sync::bundle folder_reading::take(std::vector<store::base_row>& bases)
{
    bases = center_.store.bases(center_.options.tenant, local_.workspace);
    if (!is_as_read(bases)) return read_folder(center_, dir_, bases);
    bases_.clear();
    return std::move(local_);
}

bool folder_reading::is_as_read(std::vector<store::base_row> const& bases) const
{
    return std::ranges::equal(bases, bases_, is_same_row) && stamps() == stamps_;
}

/// Of all that a bundle is read from: what documents refer to lies beside them.
std::vector<folder_reading::file_stamp> folder_reading::stamps() const
{
    std::vector<file_stamp> out;
    auto const add = [&](std::filesystem::path const& file) {
        struct stat s = {};
        if (::stat(file.c_str(), &s) != 0) return;
        out.emplace_back(
            file.native(), s.st_ino, s.st_size, nanoseconds(s.st_mtim), nanoseconds(s.st_ctim));
    };
    std::error_code ec;
    std::vector<std::filesystem::path> folders{dir_};
    for (auto const kind :
        {retell::resource_kind::agent, retell::resource_kind::llm, retell::resource_kind::flow,
            retell::resource_kind::phone_number, retell::resource_kind::knowledge_base})
        folders.push_back(dir_ / sync::folder(kind));
    for (auto const& folder : folders)
        for (auto const& entry : std::filesystem::directory_iterator(folder, ec)) add(entry.path());
    std::ranges::sort(out);
    return out;
}

} // namespace trunkline::detail
