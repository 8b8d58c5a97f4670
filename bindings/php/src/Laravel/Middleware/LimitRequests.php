<?php

declare(strict_types=1);

namespace Trunkline\Laravel\Middleware;

use Closure;
use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;
use Trunkline\Exception\LibraryNotFound;
use Trunkline\Laravel\Manager;
use Trunkline\Limiter;
use Trunkline\Priority;

/**
 * Limits requests by a limiter that all workers of the host share: "trunkline.limit:GROUP,COST,PRIORITY", the last two
 * optional (1, live_call). Who comes too early gets 429 and when to come again.
 */
final class LimitRequests
{
    private const PRIORITIES = ['live_call' => Priority::LiveCall, 'booking' => Priority::Booking, 'admin' => Priority::Admin,
        'background' => Priority::Background];

    public function __construct(private readonly Manager $manager)
    {
    }

    public function handle(
        Request $request,
        Closure $next,
        string $group = 'web',
        string $cost = '1',
        string $priority = 'live_call',
    ): mixed {
        $who = self::PRIORITIES[$priority] ?? throw new \InvalidArgumentException("trunkline.limit: there is no priority \"$priority\"");
        if (!ctype_digit($cost)) throw new \InvalidArgumentException('trunkline.limit: the cost must be a whole number');
        try {
            $answer = $this->manager->limiter($group)->attempt((int) $cost, $who);
        } catch (LibraryNotFound) {
            if ($this->manager->letsPassWithoutLibrary()) return $next($request);
            return new JsonResponse(['error' => 'limiter is not available'], 503);
        }
        if ($answer >= 0) return $next($request);
        $seconds = $answer === Limiter::NEVER ? 3600 : max(1, intdiv(-$answer + 999_999_999, 1_000_000_000));
        return new JsonResponse(['error' => 'too many requests'], 429, ['Retry-After' => (string) $seconds]);
    }
}
