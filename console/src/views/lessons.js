// lessons.js - things to do on the running pipeline, each with a goal whose steps tick by themselves.

import {html, nothing} from 'lit-html';
import {addressOf} from '../address.js';
import {path} from '../api.js';
import {count} from '../figures.js';
import {Resource, show} from '../resource.js';

const STATES = {new: 'not begun', begun: 'begun', passed: 'passed'};
const AGAIN_MS = 1000;

export function open(app, address) {
  const view = new Lessons(app);
  view.moved(address);
  return view;
}

class Lessons {
  constructor(app) {
    this.app = app;
    this.lessons = new Resource(() => app.draw(), (signal) => app.ask('lessons', {signal}));
    this.lessons.reload();
    this.askedAt = performance.now();
    this.seen = null;
  }

  moved(address) {
    this.name = address.path[0] ?? null;
    this.#entitle();
  }

  close() {
    this.lessons.close();
  }

  #entitle() {
    this.title = this.lessons.value?.lessons.find((each) => each.name === this.name)?.title ?? 'Lessons';
  }

  /** Steps tick when something happens: asked again after events, once a second at most. */
  #follow() {
    const last = this.app.live.state?.last_event ?? null;
    const now = `${last}/${this.app.live.state?.time.now_us}`;
    if (this.name !== null && now !== this.seen && performance.now() - this.askedAt > AGAIN_MS) {
      this.seen = now;
      this.askedAt = performance.now();
      queueMicrotask(() => this.lessons.reload());
    }
  }

  render() {
    this.#follow();
    return show(this.lessons, ({lessons, current}) => {
      this.#entitle();
      const lesson = lessons.find((each) => each.name === this.name);
      return lesson === undefined ? this.#list(lessons, current) : this.#lesson(lesson);
    });
  }

  #list(lessons, current) {
    return lessons.length === 0
      ? html`<p class="empty">There are no lessons for this pipeline. The sample has some:
          <code>millrace serve data/crimes/template.yaml</code>.</p>`
      : html`<p class="lead">${count(lessons.filter((each) => each.state === 'passed').length)} of ${count(lessons.length)} passed.</p>
        <div class="cards">${lessons.map((lesson) => html`<article class="panel" aria-label=${lesson.title}>
          <h2><a href=${addressOf('lessons', [lesson.name])}>${lesson.title}</a></h2><p>${lesson.goal}</p>
          <p class=${lesson.state === 'passed' ? 'good' : 'quiet'}>${lesson.state === 'passed' ? '✓ ' : ''}${STATES[lesson.state]}${lesson.name === current ? ', the current one' : ''}</p></article>`)}</div>`;
  }

  #lesson(lesson) {
    const begin = async () => {
      await this.app.act(() => this.app.ask(path`lessons/${lesson.name}/begin`, {method: 'POST', body: {}}), 'The lesson has begun.');
      this.lessons.reload();
    };
    const stop = async () => {
      await this.app.act(() => this.app.ask('lessons/stop', {method: 'POST', body: {}}), 'The lesson has ended.');
      this.lessons.reload();
    };
    return html`<p><a href=${addressOf('lessons')}>All lessons</a></p>
      <div class="two"><section aria-label="About">${lesson.prose.split(/\n\s*\n/).map((paragraph) => html`<p>${paragraph}</p>`)}
        ${lesson.hint ? html`<details><summary>Hint</summary><p>${lesson.hint}</p></details>` : nothing}</section>
      <section class="panel" aria-labelledby="goal"><h2 id="goal">Goal</h2><p>${lesson.goal}</p>
        <ol class="steps" aria-live="polite">${lesson.steps.map((step) => html`<li class=${step.done ? 'done' : ''}>
          <span class="tick" aria-hidden="true">${step.done ? '✓' : '○'}</span><span>${step.say}<span class="hidden">${step.done ? ', done' : ', to do'}</span></span></li>`)}</ol>
        ${lesson.state === 'passed' ? html`<p class="good" role="status"><strong>✓ Passed.</strong></p>` : nothing}
        <p class="row">${lesson.state === 'begun' ? html`<button type="button" @click=${stop}>Stop</button>`
          : html`<button type="button" class="main" @click=${begin}>${lesson.state === 'passed' ? 'Begin again' : 'Begin'}</button>`}</p></section></div>`;
  }
}
