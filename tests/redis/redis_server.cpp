#include "redis_server.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace trunkline::redis::test {
namespace {

std::string find_program()
{
    for (auto const* const folder : {"/usr/bin", "/usr/local/bin", "/opt/redis/bin"}) {
        auto const path = std::string(folder) + "/redis-server";
        if (::access(path.c_str(), X_OK) == 0) return path;
    }
    return {};
}

std::uint16_t free_port()
{
    int const fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    bool const found = ::bind(fd, reinterpret_cast<sockaddr*>(&where), sizeof where) == 0 &&
        ::getsockname(fd, reinterpret_cast<sockaddr*>(&where), &size) == 0;
    ::close(fd);
    if (!found) throw std::runtime_error("no free port");
    return ntohs(where.sin_port);
}

bool answers(std::string const& path)
{
    int const fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    std::strncpy(where.sun_path, path.c_str(), sizeof where.sun_path - 1);
    bool const open = ::connect(fd, reinterpret_cast<sockaddr*>(&where), sizeof where) == 0;
    ::close(fd);
    return open;
}

} // namespace

bool redis_server::is_installed()
{
    bool const there = !find_program().empty();
    if (!there && std::getenv("CI")) FAIL("redis-server is not installed");
    if (!there) MESSAGE("skipped: redis-server is not installed");
    return there;
}

redis_server::redis_server(std::vector<std::string> const& settings, bool tls)
    : settings_(settings), tls_(tls)
{
    auto name = (std::filesystem::temp_directory_path() / "trunkline-redis-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
    folder_ = name;
    port_ = free_port();
    start();
}

redis_server::~redis_server()
{
    stop();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void redis_server::start()
{
    auto const file = folder_ + "/redis.conf";
    {
        std::ofstream out(file);
        out << "bind 127.0.0.1\n"
            << (tls_ ? "port 0\ntls-port " : "port ") << port_ << "\nunixsocket " << socket()
            << "\nsave \"\"\nappendonly no\ndaemonize no\nlogfile \"\"\nloglevel warning\ndir "
            << folder_ << "\n";
        for (auto const& line : settings_) out << line << "\n";
    }
    auto const program = find_program();
    pid_ = ::fork();
    if (pid_ == 0) {
        auto const null = ::open("/dev/null", O_RDWR);
        ::dup2(null, 0);
        ::dup2(null, 1);
        ::dup2(null, 2);
        ::execl(program.c_str(), program.c_str(), file.c_str(), nullptr);
        ::_exit(127);
    }
    auto const limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!answers(socket())) {
        if (std::chrono::steady_clock::now() > limit || ::waitpid(pid_, nullptr, WNOHANG) == pid_)
            throw std::runtime_error("redis-server did not start");
        std::this_thread::sleep_for(
            std::chrono::milliseconds(2)); // for another process, not for time
    }
}

void redis_server::stop()
{
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
    ::unlink(socket().c_str());
}

void redis_server::freeze()
{
    ::kill(pid_, SIGSTOP);
}

void redis_server::thaw()
{
    ::kill(pid_, SIGCONT);
}

} // namespace trunkline::redis::test
