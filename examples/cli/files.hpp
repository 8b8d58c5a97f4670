#pragma once

#include <trunkline/core/json.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace cli {

/// Each throws trunkline::error with a message that names the file.

/// errc::invalid_argument.
std::string read_file(std::filesystem::path const& file);
/// "-" is standard input.
std::string read_file_or_input(std::string const& name);
/// A text of one line, without the white space around it.
std::string read_secret(std::filesystem::path const& file);
/// errc::invalid_json with line and column; `what` names the text in the message.
trunkline::json::value parse_json(std::string_view text, std::string const& what);

/**
 * A file that appears only as a whole, readable by its owner alone. Opened before the work whose
 * result it is to hold, so that an unwritable place is told before anything else happens.
 */
class private_file {
public:
    explicit private_file(std::filesystem::path target);
    ~private_file();
    private_file(private_file const&) = delete;
    private_file& operator=(private_file const&) = delete;
    void write(std::string_view text);

private:
    [[noreturn]] void fail(int reason) const;

    std::filesystem::path target_;
    std::filesystem::path temporary_; ///< Empty: the target is a device or pipe and written directly.
    int fd_ = -1;
};

} // namespace cli
