#include "state_file.hpp"

#include <trunkline/core/json.hpp>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

namespace {

[[noreturn]] void fail(std::string const& what, std::string const& path)
{
    throw std::runtime_error(what + ' ' + path + ": " + std::strerror(errno));
}

class descriptor {
public:
    explicit descriptor(int fd) : fd_(fd) {}
    descriptor(descriptor const&) = delete;
    descriptor& operator=(descriptor const&) = delete;
    ~descriptor()
    {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }

private:
    int fd_;
};

void write_all(int fd, std::string const& text, std::string const& path)
{
    std::size_t done = 0;
    while (done < text.size()) {
        auto const n = ::write(fd, text.data() + done, text.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) fail("cannot write", path);
        done += static_cast<std::size_t>(n);
    }
}

void replace_file(std::string const& path, std::string const& text)
{
    auto const fresh = path + ".new";
    {
        descriptor const out(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (out.get() < 0) fail("cannot create", fresh);
        write_all(out.get(), text, fresh);
        if (::fsync(out.get()) != 0) fail("cannot write", fresh);
    }
    if (std::rename(fresh.c_str(), path.c_str()) != 0) fail("cannot replace", path);
}

} // namespace

void load_account_file(trunkline::retell::simulator& sim, std::string const& path)
{
    std::ifstream in(path, std::ios::binary);
    if (!in) fail("cannot read", path);
    std::ostringstream text;
    text << in.rdbuf();
    try {
        sim.load_state(trunkline::json::parse(text.str()));
    } catch (std::exception const& e) {
        throw std::runtime_error(path + ": " + e.what());
    }
}

state_file::state_file(std::string path, trunkline::retell::simulator& sim)
    : path_(std::move(path)), sim_(sim), saved_changes_(sim.changes() - 1)
{}

bool state_file::load()
{
    if (path_.empty() || !std::filesystem::exists(path_)) return false;
    load_account_file(sim_, path_);
    saved_changes_ = sim_.changes();
    return true;
}

void state_file::save()
{
    if (!is_dirty()) return;
    auto const changes = sim_.changes();
    replace_file(path_, sim_.state_text());
    saved_changes_ = changes;
}
