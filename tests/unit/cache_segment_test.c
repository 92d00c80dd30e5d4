// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of log segments (cache_segment.c): heads, space, append, close.
 */
#include "core_cuts.h"

#define LINE	PCACHE_LINE_SIZE

static const struct pcache_geo *geo(struct core *c)
{
	return &c->rig.dev->geo;
}

static int reserve(struct core *c, struct pcache_head *head, u32 len, u32 nr,
		   struct pcache_resv *resv)
{
	return pcache_seg_reserve(core_cache(c), head, len, nr,
				  PCACHE_URG_NORMAL, resv);
}

/* Stores a record that says nothing of interest; returns its LSN. */
static u64 append(struct core *c, struct pcache_resv *resv, u32 *line)
{
	struct pcache_record_ondisk rec = {
		.type = PCACHE_REC_ZERO,
		.sector = cpu_to_le64(8),
		.nr_sectors = cpu_to_le32(8),
	};

	*line = pcache_seg_append(core_cache(c), resv, &rec);
	return le64_to_cpu(rec.lsn);
}

static struct pcache_seg *open_one(struct core *c, struct pcache_head *head)
{
	struct pcache_resv resv;
	struct pcache_seg *seg;

	assert_int_equal(reserve(c, head, 0, 1, &resv), 0);
	seg = resv.seg;
	pcache_seg_release(core_cache(c), &resv);
	return seg;
}

/* A segment as its media shows it. */
static struct media_seg on_media(struct core *c, const struct pcache_seg *seg)
{
	struct core_images im;
	struct media_seg ms;
	struct media m;

	core_snapshot(c, &im);
	assert_true(media_open(&m, im.pmem));
	media_read_seg(&m, seg->id, &ms);
	core_images_free(&im);
	return ms;
}

/* ---- opening ---- */

static void an_opened_segment_names_its_owner_in_both_headers(void **state)
{
	struct pcache_seg_header_ondisk hdr[2], scratch;
	struct pcache_seg *seg;
	struct pcache_meta meta;
	struct core c;
	u64 lsn;
	int i;

	core_init(&c);
	core_open(&c);
	lsn = core_lsn(&c);
	seg = open_one(&c, &core_cache(&c)->heads[0]);
	pcache_seg_header_init(c.rig.dev, seg->id, &meta, &scratch);
	for (i = 0; i < 2; i++) {
		assert_int_equal(pcache_meta_read_copy(&meta, i, &hdr[i]), 0);
		assert_memory_equal(hdr[i].owner, core_cache(&c)->uuid, 16);
		assert_int_equal(le32_to_cpu(hdr[i].seg_id), seg->id);
		assert_int_equal(le64_to_cpu(hdr[i].open_lsn), lsn);
		assert_int_equal(le64_to_cpu(hdr[i].salt), seg->salt);
	}
	assert_int_equal(hdr[0].meta.seq, hdr[1].meta.seq);
	assert_int_equal(seg->state, PCACHE_SEG_OPEN);
	assert_int_equal(seg->slot, core_cache(&c)->slot);
	assert_int_equal(core_cache(&c)->used_segs, 1);
	core_close(&c);
}

/* In the log: a fence lies between the end of @from and the start of @to. */
static void check_fenced(const struct sim_log *log, u64 from, u64 to)
{
	for (; from < to; from++)
		if (sim_log_rec(log, from)->type == SIM_REC_FENCE)
			return;
	fail_msg("no fence between two stores");
}

static void headers_are_durable_one_by_one_before_data_before_records(void **state)
{
	u64 base, rec_off, data_off, pos, at[4] = {};
	const struct sim_rec *rec;
	struct sim_log *log;
	struct core c;
	int i;

	core_init(&c);
	core_open(&c);
	sim_log_start();
	core_write(&c, 0, 8, 1);
	log = sim_log_take();
	base = core_seg_off(&c, core_head_seg(&c));
	rec_off = core_rec_off(&c, core_head_seg(&c), 0);
	data_off = core_data_off(&c, 0);
	for (pos = 0; pos < sim_log_len(log); pos++) {
		rec = sim_log_rec(log, pos);
		if (rec->type != SIM_REC_STORE)
			continue;
		if (rec->off == base || rec->off == base + geo(&c)->rec_end)
			at[at[0] ? 1 : 0] = pos + 1;
		else if (rec->off >= data_off && rec->off < data_off + 4096)
			at[2] = pos + 1;
		else if (rec->off == rec_off)
			at[3] = pos + 1;
	}
	for (i = 0; i < 3; i++) {
		assert_true(at[i] && at[i + 1] > at[i]);
		check_fenced(log, at[i], at[i + 1]);
	}
	/* And the record is durable before the write is acknowledged. */
	check_fenced(log, at[3], sim_log_len(log));
	sim_log_free(log);
	core_close(&c);
}

/* As if the power had gone between the two copies of a header, @k stored first. */
static void open_by_half(struct core *c, struct pcache_seg *seg, u32 k)
{
	struct pcache_seg_header_ondisk hdr, old, scratch;
	u64 off = k ? 0 : geo(c)->rec_end;
	struct pcache_meta meta;

	pcache_seg_header_init(c->rig.dev, seg->id, &meta, &scratch);
	assert_int_equal(pcache_meta_read_copy(&meta, !k, &old), 0);
	assert_int_equal(pcache_meta_load(&meta, &hdr), 0);
	memcpy(hdr.owner, core_cache(c)->uuid, sizeof(hdr.owner));
	hdr.open_lsn = cpu_to_le64(1);
	assert_int_equal(pcache_meta_store(&meta, &hdr), 0);
	pcache_pmem_write(pcache_seg_base(c->rig.dev, seg) + off, &old,
			  sizeof(old));
	pcache_pmem_fence();
	assert_int_equal(pcache_meta_load(&meta, &hdr), 0);
	assert_int_equal(meta.good, 1 << k);
	assert_int_equal(pcache_meta_read_copy(&meta, !k, &old), 0);
}

/* Were the other one torn, a life that never began would stand alone. */
static void the_header_of_a_life_that_never_began_goes_first(void **state)
{
	const struct sim_rec *rec;
	struct pcache_seg *seg;
	struct sim_log *log;
	struct core c;
	u64 base, pos;
	u32 k;

	for (k = 0; k < 2; k++) {
		core_init(&c);
		core_open(&c);
		seg = list_first_entry(&c.rig.dev->free, struct pcache_seg,
				       node);
		base = core_seg_off(&c, seg);
		open_by_half(&c, seg, k);
		sim_log_start();
		assert_ptr_equal(open_one(&c, &core_cache(&c)->heads[0]), seg);
		log = sim_log_take();
		for (pos = 0; pos < sim_log_len(log); pos++) {
			rec = sim_log_rec(log, pos);
			if (rec->type == SIM_REC_STORE)
				break;
		}
		assert_int_equal(rec->off, base + (k ? geo(&c)->rec_end : 0));
		sim_log_free(log);
		core_close(&c);
	}
}

static void a_segment_with_unreadable_headers_is_retired(void **state)
{
	struct pcache_seg *first, *seg;
	struct core c;
	u64 off;

	core_init(&c);
	c.sim.heal_poison = false;
	core_open(&c);
	first = list_first_entry(&c.rig.dev->free, struct pcache_seg, node);
	off = core_seg_off(&c, first);
	sim_pmem_poison(c.rig.pmem, off, LINE);
	sim_pmem_poison(c.rig.pmem, off + geo(&c)->rec_end, LINE);
	seg = open_one(&c, &core_cache(&c)->heads[0]);
	assert_ptr_not_equal(seg, first);
	assert_int_equal(first->state, PCACHE_SEG_RETIRED);
	assert_int_equal(c.rig.dev->nr_retired, 1);
	assert_int_equal(core_cache(&c)->used_segs, 1);
	core_close(&c);
}

static void segments_are_listed_in_the_order_of_opening(void **state)
{
	struct pcache_seg *a, *b, *old;
	struct pcache_cache *cache;
	struct pcache_resv resv;
	struct core c;
	u32 line;

	core_init(&c);
	c.opts.cache[0].queues = 2;
	core_open(&c);
	cache = core_cache(&c);
	a = open_one(&c, &cache->heads[1]);
	assert_int_equal(reserve(&c, &cache->heads[1], 0, 1, &resv), 0);
	append(&c, &resv, &line);
	b = open_one(&c, &cache->heads[0]);
	assert_true(a->open_lsn < b->open_lsn);
	assert_ptr_equal(list_first_entry(&cache->log, struct pcache_seg, node),
			 a);
	assert_ptr_equal(list_last_entry(&cache->log, struct pcache_seg, node),
			 b);
	/* One that comes later with a smaller open_lsn goes between. */
	old = pcache_dev_seg_get(cache, 2);
	old->state = PCACHE_SEG_CLOSED;
	old->slot = cache->slot;
	old->ended = true;
	old->open_lsn = a->open_lsn;
	pcache_seg_list(cache, old);
	assert_ptr_equal(list_next_entry(a, node), old);
	assert_true(list_empty(&old->open_node));
	assert_int_equal(cache->nr_log, 3);
	core_throw_away(&c);
}

/* ---- cuts while a segment is opened ---- */

struct opening {
	struct core *c;
	u32 depth;
	u32 states;
};

static void open_and_cut(struct opening *op);

static void boot_in_state(const struct core_images *im, void *arg)
{
	struct opening *op = arg;
	struct core *c = op->c;
	int err;

	op->states++;
	core_boot(c, im);
	assert_int_equal(rig_register(&c->rig, false), 0);
	err = rig_attach(&c->rig, 0, true);
	if (err)
		fail_msg("not attached: %d: %s", err, sim_klog());
	if (op->depth) {
		struct opening inner = { c, op->depth - 1 };

		open_and_cut(&inner);
		op->states += inner.states;
	} else {
		world_cut(c->world);
	}
}

static void open_and_cut(struct opening *op)
{
	sim_log_start();
	open_one(op->c, &core_cache(op->c)->heads[0]);
	core_visit_cuts(op->c, boot_in_state, op);
}

static void two_cuts_while_the_same_segment_is_opened_are_no_damage(void **state)
{
	struct opening op = { .depth = 1 };
	struct core c;

	core_init(&c);
	core_open(&c);
	op.c = &c;
	open_and_cut(&op);
	assert_true(op.states > 100);
}

/* ---- space ---- */

static void a_reservation_takes_bytes_and_lines(void **state)
{
	struct pcache_head *head;
	struct pcache_resv r[2];
	struct pcache_seg *seg;
	struct core c;

	core_init(&c);
	core_open(&c);
	head = &core_cache(&c)->heads[0];
	assert_int_equal(reserve(&c, head, 1024, 1, &r[0]), 0);
	assert_int_equal(reserve(&c, head, 512, 3, &r[1]), 0);
	seg = r[0].seg;
	assert_ptr_equal(r[1].seg, seg);
	assert_int_equal(r[0].data_off, geo(&c)->data_start);
	assert_int_equal(r[1].data_off, geo(&c)->data_start + 1024);
	assert_int_equal(seg->nr_promised, 4);
	assert_int_equal(seg->nr_resv, 2);
	pcache_seg_release(core_cache(&c), &r[0]);
	assert_int_equal(seg->nr_promised, 3);
	assert_int_equal(seg->nr_resv, 1);
	assert_null(r[0].seg);
	/* Once more does no harm. */
	pcache_seg_release(core_cache(&c), &r[0]);
	assert_int_equal(seg->nr_resv, 1);
	/* Its lines came back, its bytes did not. */
	assert_int_equal(seg->data_off, geo(&c)->data_start + 1536);
	pcache_seg_release(core_cache(&c), &r[1]);
	core_close(&c);
}

static void one_line_is_always_left_for_the_end(void **state)
{
	u32 max, line, nr = 0;
	struct pcache_head *head;
	struct pcache_resv resv;
	struct media_seg ms;
	struct pcache_seg *seg;
	struct core c;

	core_init(&c);
	core_open(&c);
	max = pcache_geo_max_recs(geo(&c));
	head = &core_cache(&c)->heads[0];
	seg = open_one(&c, head);
	for (;;) {
		assert_int_equal(reserve(&c, head, 0, 1, &resv), 0);
		if (resv.seg != seg)
			break;
		append(&c, &resv, &line);
		assert_int_equal(line, nr++);
	}
	pcache_seg_release(core_cache(&c), &resv);
	assert_int_equal(nr, max - 1);
	assert_int_equal(seg->state, PCACHE_SEG_CLOSED);
	ms = on_media(&c, seg);
	assert_true(ms.valid && ms.ended);
	assert_int_equal(ms.nr_recs, max);
	core_throw_away(&c);
}

static void data_and_records_never_meet(void **state)
{
	struct pcache_head *head;
	struct pcache_resv resv;
	struct pcache_seg *seg;
	struct core c;
	u32 line;

	core_init(&c);
	core_open(&c);
	head = &core_cache(&c)->heads[0];
	seg = open_one(&c, head);
	do {
		assert_int_equal(reserve(&c, head, 512, 1, &resv), 0);
		if (resv.seg != seg)
			break;
		assert_true(resv.data_off + 512 <=
			    geo(&c)->rec_end - (seg->nr_recs + 2) * LINE);
		append(&c, &resv, &line);
	} while (true);
	pcache_seg_release(core_cache(&c), &resv);
	/* What is left would not have held one more. */
	assert_true(seg->data_off + 512 + LINE >
		    geo(&c)->rec_end - seg->nr_recs * LINE);
	core_throw_away(&c);
}

static void lsns_rise_with_the_lines(void **state)
{
	struct pcache_resv r[2];
	struct pcache_head *head;
	struct pcache_seg *seg;
	u64 lsn[3];
	u32 line[3], i;
	struct core c;

	core_init(&c);
	core_open(&c);
	head = &core_cache(&c)->heads[0];
	assert_int_equal(reserve(&c, head, 0, 1, &r[0]), 0);
	assert_int_equal(reserve(&c, head, 0, 2, &r[1]), 0);
	seg = r[0].seg;
	/* Who reserved first need not append first. */
	lsn[0] = append(&c, &r[1], &line[0]);
	pcache_log_barrier(core_cache(&c));
	lsn[1] = append(&c, &r[0], &line[1]);
	assert_null(r[0].seg);
	lsn[2] = append(&c, &r[1], &line[2]);
	assert_null(r[1].seg);
	for (i = 0; i < 3; i++)
		assert_int_equal(line[i], i);
	assert_int_equal(lsn[1], lsn[0] + 2);
	assert_int_equal(lsn[2], lsn[1] + 1);
	assert_int_equal(seg->first_lsn, lsn[0]);
	assert_int_equal(seg->last_lsn, lsn[2]);
	assert_int_equal(on_media(&c, seg).nr_recs, 3);
	core_throw_away(&c);
}

/* ---- closing ---- */

static void a_full_segment_waits_for_its_reservations(void **state)
{
	struct pcache_resv first, other;
	struct pcache_head *head;
	struct pcache_seg *seg;
	struct core c;
	u32 line;

	core_init(&c);
	core_open(&c);
	head = &core_cache(&c)->heads[0];
	assert_int_equal(reserve(&c, head, 512, 2, &first), 0);
	seg = first.seg;
	assert_int_equal(reserve(&c, head, 40000, 1, &other), 0);
	assert_ptr_equal(other.seg, seg);
	append(&c, &other, &line);
	assert_int_equal(reserve(&c, head, 40000, 1, &other), 0);
	assert_ptr_not_equal(other.seg, seg);
	assert_int_equal(seg->state, PCACHE_SEG_CLOSING);
	assert_false(on_media(&c, seg).ended);
	append(&c, &first, &line);
	assert_int_equal(seg->state, PCACHE_SEG_CLOSING);
	pcache_seg_release(core_cache(&c), &first);
	assert_int_equal(seg->state, PCACHE_SEG_CLOSED);
	assert_true(seg->ended);
	assert_true(on_media(&c, seg).ended);
	assert_int_equal(on_media(&c, seg).nr_recs, 3);
	pcache_seg_release(core_cache(&c), &other);
	core_throw_away(&c);
}

static void heads_are_closed_empty_ones_only_on_request(void **state)
{
	struct pcache_seg *used, *empty, *gc;
	struct pcache_cache *cache;
	struct pcache_resv resv;
	struct core c;
	u32 line;

	core_init(&c);
	c.opts.cache[0].queues = 2;
	core_open(&c);
	cache = core_cache(&c);
	used = open_one(&c, &cache->heads[0]);
	empty = open_one(&c, &cache->heads[1]);
	gc = open_one(&c, &cache->gc_head);
	assert_int_equal(reserve(&c, &cache->heads[0], 0, 1, &resv), 0);
	append(&c, &resv, &line);
	pcache_seg_close_heads(cache, false);
	assert_int_equal(used->state, PCACHE_SEG_CLOSED);
	assert_int_equal(empty->state, PCACHE_SEG_OPEN);
	assert_int_equal(gc->state, PCACHE_SEG_OPEN);
	pcache_seg_close_heads(cache, true);
	assert_int_equal(empty->state, PCACHE_SEG_CLOSED);
	assert_int_equal(gc->state, PCACHE_SEG_CLOSED);
	/* A closed one is nobody's: the head opens another. */
	assert_ptr_not_equal(open_one(&c, &cache->heads[0]), used);
	core_throw_away(&c);
}

/* What was open at the cut, with a torn line behind its records, is closed. */
static void what_was_open_at_a_cut_is_closed_over_a_torn_line(void **state)
{
	u8 junk[LINE], zero[LINE] = {}, line[LINE];
	struct sim_log *log;
	const struct sim_rec *rec;
	struct pcache_seg *seg;
	u32 id, pos, zeroed = 0;
	struct core c;
	u64 off;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	core_write(&c, 8, 8, 1);
	id = core_head_seg(&c)->id;
	off = core_rec_off(&c, core_head_seg(&c), 2);
	memset(junk, 0xa5, sizeof(junk));
	sim_pmem_poke(c.rig.pmem, off, junk, sizeof(junk));
	core_power_cycle(&c);
	assert_int_equal(rig_register(&c.rig, false), 0);
	sim_log_start();
	assert_int_equal(rig_attach(&c.rig, 0, true), 0);
	log = sim_log_take();
	seg = &c.rig.dev->segs[id];
	assert_int_equal(seg->nr_recs, 3);
	assert_true(seg->ended);
	assert_true(on_media(&c, seg).ended);
	assert_true(on_media(&c, seg).last_lsn > core_lsn(&c) - 5);
	for (pos = 0; pos < sim_log_len(log); pos++) {
		rec = sim_log_rec(log, pos);
		if (rec->type != SIM_REC_STORE || rec->off != off)
			continue;
		memcpy(line, rec->data, LINE);
		if (!zeroed)
			assert_memory_equal(line, zero, LINE);
		else
			check_fenced(log, zeroed, pos);
		zeroed = pos;
	}
	assert_true(zeroed);
	sim_log_free(log);
	core_expect(&c, 0, 16, 1);
	core_close(&c);
}

/* ---- the quota ---- */

static void the_last_segments_are_for_the_urgent(void **state)
{
	static const struct {
		enum pcache_urgency urgency;
		u32 left;
	} steps[] = {
		{ PCACHE_URG_NORMAL, 2 },
		{ PCACHE_URG_GC, 1 },
		{ PCACHE_URG_LOST, 0 },
	};
	struct pcache_cache *cache;
	struct pcache_resv resv;
	struct core c;
	u32 i;

	core_init(&c);
	c.opts.cache[0].quota = 8;
	core_open(&c);
	cache = core_cache(&c);
	/* Nothing may be freed behind our back. */
	disable_work_sync(&cache->gc_work);
	disable_delayed_work_sync(&cache->wb_work);
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		while (!pcache_seg_reserve(cache, &cache->heads[0], 40000, 1,
					   steps[i].urgency, &resv))
			pcache_seg_release(cache, &resv);
		assert_int_equal(cache->used_segs, 8 - steps[i].left);
	}
	enable_work(&cache->gc_work);
	enable_delayed_work(&cache->wb_work);
	core_close(&c);
}

static void without_a_segment_any_open_head_will_do(void **state)
{
	struct pcache_seg *other;
	struct pcache_cache *cache;
	struct pcache_resv resv;
	struct core c;

	core_init(&c);
	c.opts.cache[0].quota = 8;
	c.opts.cache[0].queues = 2;
	core_open(&c);
	cache = core_cache(&c);
	assert_int_equal(cache->nr_heads, 2);
	disable_work_sync(&cache->gc_work);
	disable_delayed_work_sync(&cache->wb_work);
	other = open_one(&c, &cache->heads[1]);
	/* The last of these goes to the other head, too. */
	while (!reserve(&c, &cache->heads[0], 40000, 1, &resv))
		pcache_seg_release(cache, &resv);
	assert_int_equal(reserve(&c, &cache->heads[0], 512, 1, &resv), 0);
	assert_ptr_equal(resv.seg, other);
	pcache_seg_release(cache, &resv);
	/* One that is too full for this request is not closed for it. */
	assert_int_equal(reserve(&c, &cache->heads[0], 50000, 1, &resv),
			 -ENOSPC);
	assert_int_equal(other->state, PCACHE_SEG_OPEN);
	enable_work(&cache->gc_work);
	enable_delayed_work(&cache->wb_work);
	core_close(&c);
}

static void a_filling_cache_starts_its_workers(void **state)
{
	struct pcache_cache *cache;
	struct core c;

	core_init(&c);
	c.opts.cache[0].percent = 50;
	core_open(&c);
	cache = core_cache(&c);
	while (cache->used_segs < 7)
		core_write(&c, sim_rand_below(1000) * 8, 8, 1);
	sim_quiesce();
	assert_int_equal(cache->clean_lsn, 0);
	while (cache->used_segs < 9)
		core_write(&c, sim_rand_below(1000) * 8, 8, 1);
	sim_quiesce();
	assert_true(cache->clean_lsn > 0);
	core_close(&c);
}

/* Bad segments come off the quota, down to what a cache can get on with. */
static void who_held_a_bad_segment_has_one_less(void **state)
{
	struct pcache_cache *cache;
	struct pcache_seg *seg;
	struct core c;
	u32 i;

	core_init(&c);
	c.opts.cache[0].quota = 7;
	core_open(&c);
	cache = core_cache(&c);
	for (i = 0; i < 4; i++) {
		seg = pcache_dev_seg_get(cache, 2);
		seg->has_badblocks = true;
		pcache_dev_seg_put(c.rig.dev, seg, cache);
		assert_int_equal(cache->quota, max(6 - (int)i, PCACHE_MIN_SEGS));
	}
	/* With a loss, which takes a segment for itself, writes still go on. */
	core_write(&c, 1000, 8, 1);
	sim_pmem_poison(c.rig.pmem, core_data_off(&c, 1000), 64);
	rig_settle(&c.rig, 0);
	assert_int_equal(atomic_read(&cache->index.lost), 1);
	for (i = 0; i < 90; i++)
		core_write(&c, i * 8, 8, 1);
	core_expect(&c, 0, 720, 1);
	core_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_opened_segment_names_its_owner_in_both_headers),
		cmocka_unit_test(headers_are_durable_one_by_one_before_data_before_records),
		cmocka_unit_test(the_header_of_a_life_that_never_began_goes_first),
		cmocka_unit_test(a_segment_with_unreadable_headers_is_retired),
		cmocka_unit_test(segments_are_listed_in_the_order_of_opening),
		cmocka_unit_test(two_cuts_while_the_same_segment_is_opened_are_no_damage),
		cmocka_unit_test(a_reservation_takes_bytes_and_lines),
		cmocka_unit_test(one_line_is_always_left_for_the_end),
		cmocka_unit_test(data_and_records_never_meet),
		cmocka_unit_test(lsns_rise_with_the_lines),
		cmocka_unit_test(a_full_segment_waits_for_its_reservations),
		cmocka_unit_test(heads_are_closed_empty_ones_only_on_request),
		cmocka_unit_test(what_was_open_at_a_cut_is_closed_over_a_torn_line),
		cmocka_unit_test(the_last_segments_are_for_the_urgent),
		cmocka_unit_test(without_a_segment_any_open_head_will_do),
		cmocka_unit_test(a_filling_cache_starts_its_workers),
		cmocka_unit_test(who_held_a_bad_segment_has_one_less),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
