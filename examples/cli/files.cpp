#include "files.hpp"

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/error.hpp>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cli {

using trunkline::errc;
using trunkline::error;

namespace {

std::string read_all(int fd, std::string const& name)
{
    std::string text;
    char part[65536];
    for (;;) {
        auto const n = ::read(fd, part, sizeof part);
        if (n < 0 && errno == EINTR)
            throw error(errc::canceled, "interrupted while reading " + name);
        if (n < 0)
            throw error(errc::invalid_argument, name + " cannot be read: " + std::strerror(errno));
        if (n == 0) return text;
        text.append(part, static_cast<std::size_t>(n));
    }
}

class open_file {
public:
    explicit open_file(std::filesystem::path const& file)
        : fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC))
    {
        if (fd < 0)
            throw error(
                errc::invalid_argument, file.string() + " cannot be read: " + std::strerror(errno));
    }
    ~open_file() { ::close(fd); }
    open_file(open_file const&) = delete;
    open_file& operator=(open_file const&) = delete;
    int fd;
};

} // namespace

std::string read_file(std::filesystem::path const& file)
{
    open_file const in(file);
    return read_all(in.fd, file.string());
}

std::string read_file_or_input(std::string const& name)
{
    return name == "-" ? read_all(STDIN_FILENO, "standard input") : read_file(name);
}

std::string read_secret(std::filesystem::path const& file)
{
    auto text = read_file(file);
    constexpr auto blanks = " \t\r\n";
    auto const first = text.find_first_not_of(blanks);
    if (first == text.npos) throw error(errc::unauthorized, file.string() + " holds no key");
    return text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

trunkline::json::value parse_json(std::string_view text, std::string const& what)
{
    trunkline::json::parse_error where;
    auto v = trunkline::json::parse(text, where);
    if (!v) throw error(errc::invalid_json, what + ": " + where.message());
    return *std::move(v);
}

private_file::private_file(std::filesystem::path target) : target_(std::move(target))
{
    struct stat found {};
    bool const special = ::stat(target_.c_str(), &found) == 0 && !S_ISREG(found.st_mode);
    if (special && S_ISDIR(found.st_mode)) fail(EISDIR);
    if (special) {
        fd_ = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC);
    } else {
        temporary_ = target_;
        temporary_ += ".new";
        ::unlink(temporary_.c_str());
        fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    }
    if (fd_ < 0) fail(errno);
}

private_file::~private_file()
{
    if (fd_ < 0) return;
    ::close(fd_);
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void private_file::write(std::string_view text)
{
    while (!text.empty()) {
        auto const n = ::write(fd_, text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) fail(errno);
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    if (temporary_.empty()) return;
    if (::fsync(fd_) != 0) fail(errno);
    if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail(errno);
    ::close(std::exchange(fd_, -1));
}

void private_file::fail(int reason) const
{
    throw error(errc::invalid_argument,
        target_.string() + " cannot be written: " + std::strerror(reason) + "; name another file");
}

} // namespace cli
