#pragma once

#include <trunkline/control_center.hpp>
#include <trunkline/store/store.hpp>
#include <trunkline/sync/bundle.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <tuple>
#include <vector>

namespace trunkline::detail {

/**
 * A folder that is read before the account and is needed again after it, which may be minutes
 * later: by then people may have edited it, and a release that was finished may have moved its
 * base. Where neither happened, it is not read a second time.
 */
class folder_reading {
public:
    /// Reads it. Throws trunkline::error (invalid_bundle).
    folder_reading(control_center::impl& c, std::filesystem::path dir);
    sync::bundle const& local() const noexcept { return local_; }
    /// As it is now. Once.
    sync::bundle take(std::vector<store::base_row>& bases);

private:
    /// Name, inode, size, and when content and inode were changed last, in nanoseconds.
    using file_stamp =
        std::tuple<std::string, std::uint64_t, std::int64_t, std::int64_t, std::int64_t>;

    std::vector<file_stamp> stamps() const;
    bool is_as_read(std::vector<store::base_row> const& bases) const;

    control_center::impl& center_;
    std::filesystem::path dir_;
    std::vector<file_stamp> stamps_; ///< From before it was read.
    std::vector<store::base_row> bases_;
    sync::bundle local_;
};

} // namespace trunkline::detail
