/* Shared by net/httpd*.c and nobody else. */
#pragma once

#include "base/list.h"
#include "net/http_gate.h"
#include "net/httpd.h"

struct evbuffer_cb_entry;
struct evhttp;
struct evhttp_bound_socket;
struct evhttp_connection;
struct evhttp_request;
struct bufferevent;
struct httpd_conn;

struct httpd {
    struct loop *loop;
    struct evhttp *evhttp;
    struct evhttp_bound_socket *bound; /* NULL when draining */
    struct httpd_settings settings;    /* without `listen` */
    httpd_handler_fn *handler;
    void *arg;
    uint16_t port;
    struct list requests;  /* that the handler owes a reply */
    size_t in_flight;      /* their number */
    struct list unhandled; /* of them, those that the handler has not seen yet */
    struct loop_timer handle;
    struct list conns;
    /* Those that the handler is not busy with: they give way, the first one first. [1]: those over
     * the limit, which have places of their own. */
    struct list waiting[2];
    size_t conn_count;         /* without … */
    size_t over_limit_count;   /* … those that are over the limit */
    struct httpd_conn **by_fd; /* evhttp's connections have no place for a pointer of ours */
    size_t by_fd_count;
    struct loop_timer tick; /* lets a listener rest after accept(2) failed */
    size_t accepted;        /* in this turn of the loop */
    struct loop_timer accept_turn;
    bool is_draining;
    loop_fn *drained;
    void *drained_arg;
    struct loop_timer drain_timer;
};

enum httpd_conn_state {
    CONN_READING,   /* waits for a request, or is in the middle of one */
    CONN_HANDLING,  /* the handler owes the reply */
    CONN_WRITING,   /* the reply is on its way */
    CONN_REFUSING,  /* a refusal of ours is on its way: evhttp has no part in it any more */
    CONN_LINGERING, /* the refusal is sent; reads and forgets until the client closes */
};

struct httpd_conn {
    struct httpd *httpd;
    struct list in_httpd;
    struct list in_waiting;
    enum httpd_conn_state state;
    struct bufferevent *bev;         /* one reference of ours */
    struct evhttp_connection *evcon; /* NULL until adopted */
    struct evbuffer_cb_entry *on_input;
    int fd; /* index in by_fd; -1 until adopted */
    struct http_gate gate;
    struct loop_timer timer; /* the state's time limit */
    size_t discarded_bytes;
    bool is_over_limit;
    bool has_no_place;             /* over the limit, and nobody there could give way */
    struct httpd_request *request; /* in HANDLING */
};

struct httpd_request {
    struct httpd *httpd;
    struct list in_httpd;
    struct list in_unhandled;
    struct httpd_conn *conn; /* NULL if it died before the reply */
    struct evhttp_request *req;
    char method[HTTP_GATE_METHOD_MAX + 1];
    char *path;
    bool wants_close;
    bool is_over_limit; /* of requests in flight */
};

/* httpd_listen.c: a listening, non-blocking socket; -1 with `err` set. */
int httpd_open_listener(const char *listen, uint16_t *port, struct err *err);

/* httpd_conn.c: evhttp's request for a bufferevent of a new connection; `arg` is the httpd. */
struct event_base;
struct bufferevent *httpd_conn_accept(struct event_base *base, void *arg);
/* The connection of a request; NULL if evhttp shows a request that the gate did not pass. */
struct httpd_conn *httpd_conn_of(struct httpd *httpd, struct evhttp_request *req);
void httpd_conn_enter_handling(struct httpd_conn *conn, struct httpd_request *request);
void httpd_conn_enter_writing(struct httpd_conn *conn, struct evhttp_request *req);
/* Closes the connection that waits longest, of those over the limit or of the others; false if there
 * is none. */
bool httpd_conn_make_room(struct httpd *httpd, bool over_limit);
/* Closes it if nothing is going on there, else hurries what is. */
void httpd_conn_drain(struct httpd_conn *conn);
/* Writes what it can of the output right now, before the connection is freed. */
void httpd_conn_flush(struct httpd_conn *conn);
/* After evhttp is gone: what evhttp freed before it was adopted. */
void httpd_conn_free_dead(struct httpd_conn *conn);
bool httpd_conn_is_busy(const struct httpd_conn *conn);

/* httpd.c: so many are accepted in one turn of the loop, and no more. */
void httpd_count_accepted(struct httpd *httpd);
/* httpd.c: tells the one who counts. */
void httpd_count_refusal(const struct httpd *httpd, int status);
void httpd_count_drop(const struct httpd *httpd, enum httpd_drop why);
/* httpd.c: posts `drained` if nothing is going on any more. */
void httpd_look_if_drained(struct httpd *httpd);
