/*
 * page_views.h - the views that page.c chooses from: each appends its heading and its facts.
 */
#ifndef MR_SRC_WEB_PAGE_VIEWS_H
#define MR_SRC_WEB_PAGE_VIEWS_H

#include "src/web/page_table.h"

#define MR_PAGE_SEGMENTS_MAX 3

/* What is asked for: "shards/clicks?x=1" is the view shards of clicks. Texts are owned by page.c.
 */
typedef struct mr_page_wish {
    char *segments[MR_PAGE_SEGMENTS_MAX]; /* behind the view's name, decoded; NULL: none. Of objects
                                             the last has the slashes */
    char *key, *from, *type, *sequence, *id; /* of the query; NULL: absent */
} mr_page_wish;

/* The lists of the State that more than one view shows. */
typedef enum mr_page_list {
    MR_PAGE_INPUTS,
    MR_PAGE_STREAMS,
    MR_PAGE_DELIVERIES,
    MR_PAGE_FUNCTIONS,
    MR_PAGE_BUCKETS
} mr_page_list;

/* page_pipeline.c */
void mr_page_pipeline(mr_web *web, const mr_page_wish *wish, mr_strbuf *out);
void mr_page_shards(mr_web *web, const mr_page_wish *wish, mr_strbuf *out);
void mr_page_delivery(mr_web *web, const mr_page_wish *wish, mr_strbuf *out);
void mr_page_transform(mr_web *web, const mr_page_wish *wish, mr_strbuf *out);
void mr_page_append_list(mr_web *web, mr_page_list list, mr_strbuf *out);
/* page_records.c */
void mr_page_records(mr_web *web, const mr_page_wish *wish, mr_strbuf *out);
/* page_objects.c */
void mr_page_objects(mr_web *web, const mr_page_wish *wish, mr_strbuf *out);
/* page_facts.c: those that show one answer of the API and little else */
void mr_page_catalog(mr_web *web, const mr_page_wish *wish, mr_strbuf *out);
void mr_page_query(mr_web *web, const mr_page_wish *wish, mr_strbuf *out);
void mr_page_events(mr_web *web, const mr_page_wish *wish, mr_strbuf *out);
void mr_page_time(mr_web *web, const mr_page_wish *wish, mr_strbuf *out);
void mr_page_faults(mr_web *web, const mr_page_wish *wish, mr_strbuf *out);
void mr_page_lessons(mr_web *web, const mr_page_wish *wish, mr_strbuf *out);

#endif
