// Trunkline inside a service of your own: one io_context, any completion token, no hidden thread.
//
//   RETELL_API_KEY=... embed DIR      pulls the account into DIR and says what a release would change

#include <trunkline/control_center.hpp>

#include <boost/asio/io_context.hpp>

#include <iostream>

namespace asio = boost::asio;

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::cerr << "usage: embed DIR\n";
        return 64;
    }
    std::string const dir = argv[1];
    asio::io_context io;
    trunkline::control_center_options options;
    options.store_url = "sqlite://" + dir + ".db";
    int status = 1;
    try {
        trunkline::control_center center(io.get_executor(), options);
        trunkline::diagnostics diag;
        center.async_pull(
            dir, {}, diag, [&](trunkline::error_code ec, trunkline::pull_report report) {
                if (ec) {
                    std::cerr << "pull: " << diag.message << '\n';
                    return;
                }
                std::cout << report.agents << " agents, " << report.numbers << " numbers, "
                          << report.requests << " requests\n";
                center.async_plan(
                    dir, {}, diag, [&](trunkline::error_code plan_ec, trunkline::sync::plan plan) {
                        if (plan_ec) {
                            std::cerr << "plan: " << diag.message << '\n';
                            return;
                        }
                        for (auto const& unit : plan.units)
                            std::cout << name(unit.action) << ' ' << unit.name << '\n';
                        std::cout << (plan.empty() ? "nothing to release\n" : "");
                        status = 0;
                    });
            });
        io.run();
    } catch (trunkline::error const& e) {
        std::cerr << "embed: " << e.what() << '\n';
    }
    return status;
}
