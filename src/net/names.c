#include "net/names.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

struct name {
    char *host;
    char addresses[NAMES_ADDRESSES_MAX][INET6_ADDRSTRLEN];
    size_t count;
    bool is_asked; /* once at least */
    bool has_failed;
    time_t due_s; /* monotonic */
};

/* Outlives names_free() as long as a lookup hangs. */
struct names {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct name *items;
    size_t count;
    size_t thread_count;
    size_t users; /* its owner, and the threads */
    bool is_stopped;
};

struct lookup_thread {
    struct names *names;
    size_t index; /* it looks after every thread_count-th name from here on */
};

static struct timespec now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time;
}

/* With the mutex held, which it gives up. */
static void leave(struct names *names)
{
    bool is_last = --names->users == 0;
    pthread_mutex_unlock(&names->mutex);
    if (!is_last)
        return;
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i].host);
    free(names->items);
    pthread_cond_destroy(&names->changed);
    pthread_mutex_destroy(&names->mutex);
    free(names);
}

static size_t read_addresses(const struct addrinfo *list, struct name *out)
{
    out->count = 0;
    for (const struct addrinfo *at = list; at && out->count < NAMES_ADDRESSES_MAX;
         at = at->ai_next) {
        const struct sockaddr_in *v4 = (const void *)at->ai_addr;
        const struct sockaddr_in6 *v6 = (const void *)at->ai_addr;
        const void *bytes =
            at->ai_family == AF_INET6 ? (const void *)&v6->sin6_addr : (const void *)&v4->sin_addr;
        if (inet_ntop(at->ai_family, bytes, out->addresses[out->count], INET6_ADDRSTRLEN))
            out->count++;
    }
    return out->count;
}

static void note_failure(struct name *name, const char *reason)
{
    if (!name->has_failed)
        LOG(LOG_WARN, "name of a perspective not found", {"name", name->host}, {"reason", reason},
            {"goes_on_with", name->count ? name->addresses[0] : NULL});
    name->has_failed = true;
}

/* With the mutex held; not during the lookup itself. */
static void look_up(struct names *names, struct name *name)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    struct name found = {0};
    pthread_mutex_unlock(&names->mutex);
    int code = getaddrinfo(name->host, NULL, &hints, &list);
    if (code == 0)
        read_addresses(list, &found);
    if (list)
        freeaddrinfo(list);
    pthread_mutex_lock(&names->mutex);
    name->is_asked = true;
    name->due_s = now().tv_sec + (found.count ? NAMES_FRESH_S : NAMES_RETRY_S);
    if (found.count) {
        memcpy(name->addresses, found.addresses, sizeof name->addresses);
        name->count = found.count;
        name->has_failed = false;
    } else {
        note_failure(name, code ? gai_strerror(code) : "it has no address");
    }
    pthread_cond_broadcast(&names->changed);
}

/* The next of this thread's names that is due; NULL: none, `until_s` says when one will be. */
static struct name *next_due(const struct names *names, size_t index, time_t *until_s)
{
    time_t now_s = now().tv_sec;
    *until_s = now_s + NAMES_FRESH_S;
    for (size_t i = index; i < names->count; i += names->thread_count) {
        if (names->items[i].due_s <= now_s)
            return &names->items[i];
        if (names->items[i].due_s < *until_s)
            *until_s = names->items[i].due_s;
    }
    return NULL;
}

static void *run(void *arg)
{
    struct lookup_thread thread = *(struct lookup_thread *)arg;
    struct names *names = thread.names;
    free(arg);
    pthread_mutex_lock(&names->mutex);
    while (!names->is_stopped) {
        struct timespec until = {0};
        struct name *name = next_due(names, thread.index, &until.tv_sec);
        if (name)
            look_up(names, name);
        else
            pthread_cond_timedwait(&names->changed, &names->mutex, &until);
    }
    leave(names);
    return NULL;
}

static void start_thread(struct names *names, size_t index)
{
    struct lookup_thread *thread = xcalloc(1, sizeof *thread);
    pthread_attr_t attributes;
    pthread_t id;
    *thread = (struct lookup_thread){names, index};
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    /* Signals are the main thread's affair. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&id, &attributes, run, thread) != 0)
        abort(); /* at start-up, of a handful of threads */
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
}

static struct name *find(const struct names *names, const char *host)
{
    for (size_t i = 0; i < names->count; i++)
        if (str_eq_nocase(names->items[i].host, host))
            return &names->items[i];
    return NULL;
}

struct names *names_new(const struct strv *hosts)
{
    struct names *names = xcalloc(1, sizeof *names);
    pthread_condattr_t attributes;
    pthread_mutex_init(&names->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&names->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    names->items = xcalloc(hosts->count + 1, sizeof *names->items);
    for (size_t i = 0; i < hosts->count; i++)
        if (!find(names, hosts->items[i]))
            names->items[names->count++].host = xstrdup(hosts->items[i]);
    names->thread_count = names->count < NAMES_THREADS ? names->count : NAMES_THREADS;
    names->users = 1 + names->thread_count;
    for (size_t i = 0; i < names->thread_count; i++)
        start_thread(names, i);
    return names;
}

void names_free(struct names *names)
{
    if (!names)
        return;
    pthread_mutex_lock(&names->mutex);
    names->is_stopped = true;
    pthread_cond_broadcast(&names->changed);
    leave(names);
}

static bool all_were_asked(const struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        if (!names->items[i].is_asked)
            return false;
    return true;
}

void names_wait(struct names *names, unsigned timeout_ms)
{
    struct timespec until = now();
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&names->mutex);
    while (!all_were_asked(names) &&
           pthread_cond_timedwait(&names->changed, &names->mutex, &until) == 0)
        ;
    pthread_mutex_unlock(&names->mutex);
}

struct strv names_get(struct names *names, const char *host, struct arena *arena)
{
    struct strv addresses = {.present = true};
    pthread_mutex_lock(&names->mutex);
    const struct name *name = find(names, host);
    size_t count = name ? name->count : 0;
    const char **items = arena_array(arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++)
        items[i] = arena_strdup(arena, name->addresses[i]);
    pthread_mutex_unlock(&names->mutex);
    addresses.items = items;
    addresses.count = count;
    return addresses;
}
