#include "client/map.h"

#include "base/str.h"
#include "client/coast.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum {
    SCALE = 4, /* pixels per degree */
    TOP = 44,  /* above the map: the title */
    WIDTH = 360 * SCALE,
    HEIGHT = 180 * SCALE,
    ROW = 22, /* of the legend */
    RADIUS = 5,
    LABEL_HEIGHT = 15,
    SHOWN_BYTES = 60,
    COLORS = 8,
};
#define CHARACTER_WIDTH 7.9 /* of the labels' bold 13 pixels, at most on average */

static const char *const colors[COLORS] = {"#1b6ca8", "#c8324a", "#2e8b57", "#8e5ea2",
                                           "#d07f00", "#00868b", "#7a5230", "#c2478f"};

struct point {
    double x, y;
};

struct box {
    double left, top, width, height;
};

/* A perspective on the map. */
struct spot {
    const struct perspective_info *info;
    struct point at;
    const char *color; /* of its cohort */
    struct box label;
    bool label_is_far; /* needs a line to its point */
};

struct drawing {
    const struct map *map;
    struct arena *arena;
    struct buf *out;
    struct spot *spots; /* one per perspective; only those with coordinates are drawn */
};

static struct point point_of(double longitude, double latitude)
{
    return (struct point){(longitude + 180) * SCALE, TOP + (90 - latitude) * SCALE};
}

/* --- text ------------------------------------------------------------------------------------ */

static const char *shown(const struct drawing *d, const char *text)
{
    return text ? str_report(d->arena, bytes_of(text), SHOWN_BYTES) : "";
}

static void put_text(struct buf *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        if (*p == '&')
            buf_printf(out, "&amp;");
        else if (*p == '<')
            buf_printf(out, "&lt;");
        else if (*p == '>')
            buf_printf(out, "&gt;");
        else
            buf_append(out, p, 1);
    }
}

static void put_label(struct buf *out, struct point at, const char *attributes, const char *text)
{
    buf_printf(out, "<text x=\"%.1f\" y=\"%.1f\"%s>", at.x, at.y, attributes);
    put_text(out, text);
    buf_printf(out, "</text>\n");
}

/* --- the world ------------------------------------------------------------------------------- */

static void put_outline(struct buf *out, const struct coast_outline *outline)
{
    buf_printf(out, "<polygon class=\"%s\" points=\"",
               outline->kind == COAST_LAND ? "land" : "water");
    for (size_t i = 0; i < outline->count; i++) {
        struct point p = point_of(outline->points[i].longitude, outline->points[i].latitude);
        buf_printf(out, "%s%.0f,%.0f", i ? " " : "", p.x, p.y);
    }
    buf_printf(out, "\"/>\n");
}

static void put_world(struct buf *out)
{
    buf_printf(out, "<rect class=\"water\" x=\"0\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n", TOP,
               WIDTH, HEIGHT);
    for (size_t i = 0; i < coast_outline_count; i++)
        put_outline(out, &coast_outlines[i]);
    for (int longitude = -150; longitude < 180; longitude += 30)
        buf_printf(out, "<path class=\"grid\" d=\"M%d %dV%d\"/>\n", (longitude + 180) * SCALE, TOP,
                   TOP + HEIGHT);
    for (int latitude = -60; latitude < 90; latitude += 30)
        buf_printf(out, "<path class=\"grid\" d=\"M0 %dH%d\"/>\n", TOP + (90 - latitude) * SCALE,
                   WIDTH);
}

/* --- lines ----------------------------------------------------------------------------------- */

static double distance(struct point a, struct point b)
{
    return hypot(a.x - b.x, a.y - b.y);
}

static void put_line(struct buf *out, const char *attributes, struct point a, struct point b)
{
    buf_printf(out, "<path %s d=\"M%.1f %.1fL%.1f %.1f\"/>\n", attributes, a.x, a.y, b.x, b.y);
}

/* The members are joined by the shortest lines that join them all: a minimum spanning tree on the
 * map (Prim's algorithm), so that lines cross each other little. */
static void put_cohort(const struct drawing *d, const struct cohort *cohort, const char *color)
{
    const struct spot **joined = arena_array(d->arena, cohort->count + 1, sizeof *joined);
    const struct spot **apart = arena_array(d->arena, cohort->count + 1, sizeof *apart);
    size_t joined_count = 0, apart_count = 0;
    for (size_t i = 0; i < cohort->count; i++)
        if (d->spots[cohort->members[i]].info->has_coordinates)
            apart[apart_count++] = &d->spots[cohort->members[i]];
    if (apart_count)
        joined[joined_count++] = apart[--apart_count];
    const char *attributes = arena_printf(d->arena, "class=\"cohort\" stroke=\"%s\"", color);
    while (apart_count) {
        size_t from = 0, to = 0;
        for (size_t i = 0; i < joined_count; i++)
            for (size_t j = 0; j < apart_count; j++)
                if (distance(joined[i]->at, apart[j]->at) <
                    distance(joined[from]->at, apart[to]->at))
                    from = i, to = j;
        put_line(d->out, attributes, joined[from]->at, apart[to]->at);
        joined[joined_count++] = apart[to];
        apart[to] = apart[--apart_count];
    }
}

/* How many there are. */
static size_t put_close_pairs(const struct drawing *d)
{
    size_t count = 0;
    for (size_t i = 0; i < d->map->count; i++)
        for (size_t j = i + 1; j < d->map->count; j++) {
            const struct spot *a = &d->spots[i], *b = &d->spots[j];
            if (a->info->has_coordinates && b->info->has_coordinates &&
                perspectives_are_too_close(a->info, b->info)) {
                put_line(d->out, "class=\"close\"", a->at, b->at);
                count++;
            }
        }
    return count;
}

/* --- labels ---------------------------------------------------------------------------------- */

static bool overlap(const struct box *a, const struct box *b)
{
    return a->left < b->left + b->width && b->left < a->left + a->width &&
           a->top < b->top + b->height && b->top < a->top + a->height;
}

/* No label that was placed before, no point, and not over the border of the map. */
static bool is_free(const struct drawing *d, size_t placed, const struct box *box)
{
    if (box->left < 0 || box->left + box->width > WIDTH || box->top < TOP ||
        box->top + box->height > TOP + HEIGHT)
        return false;
    for (size_t i = 0; i < d->map->count; i++) {
        const struct spot *other = &d->spots[i];
        struct box dot = {other->at.x - RADIUS, other->at.y - RADIUS, 2 * RADIUS, 2 * RADIUS};
        if (other->info->has_coordinates &&
            (overlap(box, &dot) || (i < placed && overlap(box, &other->label))))
            return false;
    }
    return true;
}

/* Right, left, above, below and the corners, near the point first; to the right if all is full. */
static void place_label(const struct drawing *d, size_t index)
{
    static const int sides[][2] = {{1, 0},  {-1, 0}, {0, -1},  {0, 1},
                                   {1, -1}, {1, 1},  {-1, -1}, {-1, 1}};
    struct spot *spot = &d->spots[index];
    double width = (double)strlen(shown(d, spot->info->code)) * CHARACTER_WIDTH;
    struct box first = {0};
    for (int ring = 1; ring <= 6; ring++)
        for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
            double gap = RADIUS + 3 + (ring - 1) * 12.0;
            struct point center = {spot->at.x + sides[i][0] * (width / 2 + gap),
                                   spot->at.y + sides[i][1] * (LABEL_HEIGHT / 2.0 + gap)};
            spot->label = (struct box){center.x - width / 2, center.y - LABEL_HEIGHT / 2.0, width,
                                       LABEL_HEIGHT};
            spot->label_is_far = ring > 1;
            if (is_free(d, index, &spot->label))
                return;
            if (ring == 1 && i == 0)
                first = spot->label;
        }
    spot->label = first;
    spot->label_is_far = false;
}

static void put_spot(const struct drawing *d, const struct spot *spot)
{
    struct point middle = {spot->label.left + spot->label.width / 2,
                           spot->label.top + spot->label.height / 2};
    if (spot->label_is_far)
        put_line(d->out, "class=\"leader\"", spot->at, middle);
    buf_printf(d->out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%d\" fill=\"%s\"/>\n", spot->at.x,
               spot->at.y, RADIUS, spot->color);
    struct point base = {middle.x, middle.y + 4.5};
    put_label(d->out, base, " class=\"code\"", shown(d, spot->info->code));
}

/* --- the legend ------------------------------------------------------------------------------ */

static void put_legend_row(const struct drawing *d, size_t row, const char *line, const char *text)
{
    double y = TOP + HEIGHT + ROW * (row + 1.0);
    put_line(d->out, line, (struct point){16, y - 5}, (struct point){48, y - 5});
    put_label(d->out, (struct point){58, y}, "", text);
}

static const char *members_text(const struct drawing *d, const struct cohort *cohort, size_t number)
{
    struct buf text = {0};
    buf_printf(&text, "cohort %zu: ", number);
    for (size_t i = 0; i < cohort->count; i++)
        buf_printf(&text, "%s%s", i ? ", " : "",
                   shown(d, d->map->perspectives[cohort->members[i]].code));
    const char *copy = arena_strdup(d->arena, buf_str(&text));
    buf_clear(&text);
    return copy;
}

static const char *placeless_text(const struct drawing *d)
{
    struct buf text = {0};
    for (size_t i = 0; i < d->map->count; i++)
        if (!d->map->perspectives[i].has_coordinates)
            buf_printf(&text, "%s%s", text.n ? ", " : "without coordinates: ",
                       shown(d, d->map->perspectives[i].code));
    const char *copy = arena_strdup(d->arena, buf_str(&text));
    buf_clear(&text);
    return copy;
}

static void put_legend(const struct drawing *d, bool has_close_pairs)
{
    const struct cohort_plan *plan = &d->map->cohorts;
    size_t row = 0;
    for (size_t i = 0; i < plan->count; i++)
        put_legend_row(d, row++,
                       arena_printf(d->arena, "class=\"cohort\" stroke=\"%s\"", colors[i % COLORS]),
                       members_text(d, &plan->cohorts[i], i + 1));
    if (has_close_pairs)
        put_legend_row(d, row++, "class=\"close\"", "too close to be in one cohort");
    put_label(d->out, (struct point){58, TOP + HEIGHT + ROW * (row + 1.0)}, "", placeless_text(d));
}

/* --- all of it ------------------------------------------------------------------------------- */

static void make_spots(struct drawing *d)
{
    const struct map *map = d->map;
    d->spots = arena_array(d->arena, map->count + 1, sizeof *d->spots);
    for (size_t i = 0; i < map->count; i++) {
        const struct perspective_info *info = &map->perspectives[i];
        d->spots[i] = (struct spot){.info = info, .color = "#5b6670"};
        if (info->has_coordinates)
            d->spots[i].at = point_of(info->longitude, info->latitude);
    }
    for (size_t i = 0; i < map->cohorts.count; i++)
        for (size_t j = 0; j < map->cohorts.cohorts[i].count; j++)
            d->spots[map->cohorts.cohorts[i].members[j]].color = colors[i % COLORS];
    for (size_t i = 0; i < map->count; i++)
        if (d->spots[i].info->has_coordinates)
            place_label(d, i);
}

static void put_head(const struct drawing *d)
{
    int height = TOP + HEIGHT + ROW * ((int)d->map->cohorts.count + 3);
    buf_printf(d->out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 "
               "%d %d\">\n",
               WIDTH, height, WIDTH, height);
    buf_printf(d->out,
               "<style>\n"
               "text { font: 14px sans-serif; fill: #22303a }\n"
               ".title { font-size: 20px; font-weight: bold }\n"
               ".code { font-size: 13px; font-weight: bold; text-anchor: middle; stroke: #ffffff; "
               "stroke-width: 3px; stroke-linejoin: round; paint-order: stroke }\n"
               ".land { fill: #e4e4da; stroke: #b9bcb0; stroke-width: 1; stroke-linejoin: round }\n"
               ".water { fill: #eef5fa }\n"
               ".grid { stroke: #c3d3de; stroke-width: 0.5; fill: none }\n"
               ".cohort { stroke-width: 2; fill: none; stroke-opacity: 0.75 }\n"
               ".close { stroke: #444444; stroke-width: 1.5; stroke-dasharray: 3 3; fill: none }\n"
               ".leader { stroke: #5b6670; stroke-width: 0.8; fill: none }\n"
               "circle { stroke: #ffffff; stroke-width: 1.5 }\n"
               "</style>\n"
               "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n",
               WIDTH, height);
    put_label(d->out, (struct point){16, 29}, " class=\"title\"", d->map->title);
}

void map_draw(const struct map *map, struct arena *arena, struct buf *out)
{
    struct drawing drawing = {.map = map, .arena = arena, .out = out};
    make_spots(&drawing);
    put_head(&drawing);
    put_world(out);
    for (size_t i = 0; i < map->cohorts.count; i++)
        put_cohort(&drawing, &map->cohorts.cohorts[i], colors[i % COLORS]);
    bool has_close_pairs = put_close_pairs(&drawing) > 0;
    for (size_t i = 0; i < map->count; i++)
        if (drawing.spots[i].info->has_coordinates)
            put_spot(&drawing, &drawing.spots[i]);
    put_legend(&drawing, has_close_pairs);
    buf_printf(out, "</svg>\n");
}
