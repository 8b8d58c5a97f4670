#include "support.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace trunkline::store::testing {
namespace {

constexpr unsigned nobody = 65534;

class raw_database {
public:
    explicit raw_database(std::string const& path)
    {
        if (sqlite3_open(path.c_str(), &handle_) != SQLITE_OK)
            throw std::runtime_error("cannot open " + path);
    }
    raw_database(raw_database const&) = delete;
    raw_database& operator=(raw_database const&) = delete;
    ~raw_database() { sqlite3_close(handle_); }
    sqlite3* get() const { return handle_; }

private:
    sqlite3* handle_ = nullptr;
};

int keep_first(void* text, int columns, char** values, char**)
{
    if (columns > 0 && values[0]) *static_cast<std::string*>(text) = values[0];
    return 0;
}

} // namespace

folder::folder()
{
    auto name = (fs::temp_directory_path() / "trunkline-store-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("cannot make a folder");
    ::chmod(name.c_str(), 0755);
    path_ = name;
}

folder::~folder()
{
    ::chmod(path_.c_str(), 0755);
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

std::vector<std::string> folder::files() const
{
    std::vector<std::string> found;
    for (auto const& entry : fs::directory_iterator(path_)) found.push_back(entry.path().string());
    std::ranges::sort(found);
    return found;
}

variable::variable(char const* name, std::optional<std::string> value) : name_(name)
{
    if (auto const* const text = std::getenv(name)) before_ = text;
    if (value) ::setenv(name, value->c_str(), 1);
    else ::unsetenv(name);
}

variable::~variable()
{
    if (before_) ::setenv(name_, before_->c_str(), 1);
    else ::unsetenv(name_);
}

outcome attempt(std::function<void()> const& call)
{
    outcome o;
    try {
        call();
    } catch (error const& e) {
        o.code = static_cast<errc>(e.code().value());
        o.message = e.what();
    }
    return o;
}

std::string read_file(std::string const& path)
{
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

void write_file(std::string const& path, std::string_view content, unsigned mode)
{
    std::ofstream(path, std::ios::binary) << content;
    ::chmod(path.c_str(), mode);
}

unsigned mode_of(std::string const& path)
{
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

std::int64_t size_of(std::string const& path)
{
    return static_cast<std::int64_t>(fs::file_size(path));
}

bool file_exists(std::string const& path)
{
    return fs::exists(path);
}

void tamper(std::string const& path, std::string const& sql)
{
    raw_database const db(path);
    if (sqlite3_exec(db.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        throw std::runtime_error(sqlite3_errmsg(db.get()));
}

std::string ask(std::string const& path, std::string const& sql)
{
    raw_database const db(path);
    std::string text;
    if (sqlite3_exec(db.get(), sql.c_str(), keep_first, &text, nullptr) != SQLITE_OK)
        throw std::runtime_error(sqlite3_errmsg(db.get()));
    return text;
}

std::optional<int> in_child(std::function<int()> const& body, bool unprivileged)
{
    auto const pid = ::fork();
    if (pid < 0) throw std::runtime_error("cannot fork");
    if (pid == 0) {
        auto result = 250;
        try {
            auto const dropped = !unprivileged || ::geteuid() != 0 ||
                (::setgid(nobody) == 0 && ::setuid(nobody) == 0);
            result = dropped ? body() : 251;
        } catch (...) {
        }
        ::_exit(result);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (!WIFEXITED(status)) return std::nullopt;
    return WEXITSTATUS(status);
}

tenant_id const& acme()
{
    static tenant_id const t("acme");
    return t;
}

tenant_id const& other()
{
    static tenant_id const t("other");
    return t;
}

} // namespace trunkline::store::testing
