//! Everybody can read the pages: in narrow windows, in both colour schemes, with a screen reader.

use super::browser::Browser;
use super::{busy, url};
use crate::harness::{DEAD_LETTER_QUEUE, QUEUE, email};
use sandbox::services::sqs::NewMessage;
use serde_json::json;

const PAGES: [&str; 2] = ["/_mailroom/", "/_sandbox/"];
/// Opens everything that can be opened on the email page.
const OPEN_ALL: &str = "document.querySelectorAll('details').forEach(each => { each.open = true; }),
    document.querySelector('#rows tr:last-child a').click()";

/// Texts, edges, lines of plots and outlines with too little contrast to what is behind them. Web Content Accessibility
/// Guidelines 2.2, 1.4.3 and 1.4.11.
const FAINT: &str = r"(() => {
    const paint = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const rgba = color => { paint.clearRect(0, 0, 1, 1); paint.fillStyle = color; paint.fillRect(0, 0, 1, 1); return [...paint.getImageData(0, 0, 1, 1).data]; };
    const behind = element => {
        for (let each = element; each; each = each.parentElement) {
            const color = getComputedStyle(each).backgroundColor;
            const alpha = rgba(color)[3];
            if (alpha === 255) return color;
            if (alpha > 0) throw new Error(`a transparent ${color} on ${each.outerHTML.slice(0, 80)}`);
        }
        return getComputedStyle(document.body).backgroundColor;
    };
    const light = color => {
        const [r, g, b] = rgba(color).map(part => part / 255).map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const faint = [];
    let checked = 0;
    const check = (color, back, least, what) => {
        const [low, high] = [light(color), light(back)].sort((one, other) => one - other);
        const ratio = (high + 0.05) / (low + 0.05);
        checked += 1;
        if (!(ratio >= least)) faint.push(`${what}: ${color} on ${back} is ${ratio.toFixed(2)}`);
    };
    const dialog = document.querySelector('dialog[open]');
    for (const element of (dialog ?? document.body).querySelectorAll('*')) {
        if (!element.checkVisibility({visibilityProperty: true})) continue;
        const style = getComputedStyle(element), name = `${element.tagName}.${element.getAttribute('class')}`;
        if (style.opacity !== '1') faint.push(`${name}: opacity ${style.opacity}`);
        const texts = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim() !== '');
        if (texts) check(element instanceof SVGElement ? style.fill : style.color, behind(element), 4.5, `${name} ${element.textContent.slice(0, 30)}`);
        if (element.tagName === 'polyline') check(style.stroke, behind(element), 3, name);
        if (element.matches('input, button, select')) {
            check(style.color, behind(element), 4.5, name);
            check(style.borderTopColor, behind(element.parentElement), 3, `edge of ${name}`);
        }
        if (element.matches('a, input, button, select, summary, [tabindex]')) {
            element.focus({preventScroll: true, focusVisible: true});
            if (getComputedStyle(element).outlineStyle === 'none') faint.push(`no outline of ${name}`);
            check(getComputedStyle(element).outlineColor, behind(element.parentElement), 3, `outline of ${name}`);
        }
    }
    if (checked < 20) throw new Error(`only ${checked} checked`);
    return faint;
})()";

/// Puts a word of each class on each background.
const EACH_STATE: &str = "for (const place of ['main', 'article', '#groups pre, figure', 'td'])
    for (const looks of ['good', 'refused', 'failed', 'stored', 'waiting', 'in_flight', 'quiet', 'lost', 'badge', 'id'])
        document.querySelector(place)?.append(Object.assign(document.createElement('span'), {className: looks, textContent: looks}))";

#[tokio::test]
async fn contrast_is_enough_in_both_schemes() {
    let Some(mut browser) = Browser::start().await else { return };
    let (system, _) = busy().await;
    for scheme in ["light", "dark"] {
        browser.look(1024, scheme).await;
        for page in PAGES {
            browser.open(&url(&system, page)).await;
            browser.until("document.querySelector('tbody td') !== null").await;
            browser.value("document.getElementById('pause').click()").await;
            browser.value(EACH_STATE).await;
            assert_eq!(browser.value(FAINT).await, json!([]), "{page} {scheme}");
        }
        browser.open(&url(&system, PAGES[0])).await;
        browser.until("document.querySelector('#rows td') !== null").await;
        browser.value(OPEN_ALL).await;
        browser.until("document.querySelector('#email[open] li') !== null").await;
        assert_eq!(browser.value(FAINT).await, json!([]), "an open email, {scheme}");
    }
}

#[tokio::test]
async fn no_page_is_wider_than_its_window() {
    let Some(mut browser) = Browser::start().await else { return };
    let (system, _) = busy().await;
    let long = "w".repeat(900);
    system.post(&email(&long)).await;
    system.stored_keys(2).await;
    let wide = "[document.documentElement, document.querySelector('dialog[open]')].filter(Boolean)
        .map(each => each.scrollWidth - each.clientWidth)";
    for width in [390, 820, 1440] {
        browser.look(width, "light").await;
        for page in PAGES {
            browser.open(&url(&system, page)).await;
            browser.until("document.querySelector('tbody td') !== null").await;
            assert_eq!(browser.value(wide).await, json!([0]), "{page} {width}");
        }
        browser.open(&url(&system, PAGES[0])).await;
        browser.until("document.querySelector('#rows td') !== null").await;
        browser.value(&OPEN_ALL.replace("last-child", "first-child")).await;
        browser.until("document.querySelector('#email[open] li') !== null").await;
        assert_eq!(browser.value(wide).await, json!([0, 0]), "an open email at {width}");
    }
}

#[tokio::test]
async fn a_screen_reader_finds_names_and_hears_only_what_matters() {
    let Some(mut browser) = Browser::start().await else { return };
    let (system, _) = busy().await;
    let blank = NewMessage { body: email(" ").to_string(), ..Default::default() };
    system.queue(QUEUE).send(blank).unwrap();
    // A new dead letter is something that matters.
    let dead = system.queue(DEAD_LETTER_QUEUE);
    system.until("both dead letters", async || (dead.counts().visible == 2).then_some(())).await;
    for page in PAGES {
        browser.open(&url(&system, page)).await;
        browser.until("document.querySelector('tbody td') !== null").await;
        let nameless = r"[
            ...[...document.querySelectorAll('table')].filter(each => !each.caption && !each.closest('[aria-labelledby]')),
            ...document.querySelectorAll('thead th:not([scope=col]), tbody th:not([scope=row])'),
            ...[...document.querySelectorAll('input, select')].filter(each => each.labels.length === 0),
            ...[...document.querySelectorAll('button:not([hidden]), a')].filter(each => each.textContent.trim() === ''),
            ...document.querySelectorAll('svg:not([role=img][aria-label])'),
            ...[...document.querySelectorAll('h1, h2, h3, h4')].filter((each, index, all) => each.tagName[1] - (all[index - 1]?.tagName[1] ?? 0) > 1),
        ].map(each => each.outerHTML.slice(0, 100))";
        assert_eq!(browser.value(nameless).await, json!([]), "{page}");
        let landmarks =
            "document.documentElement.lang === 'en' && ['body > header', 'main', 'body > footer', 'h1']
            .every(each => document.querySelectorAll(each).length === 1)";
        assert_eq!(browser.value(landmarks).await, true, "{page}");
        assert_eq!(
            browser
                .value("document.querySelectorAll('[aria-live], [role=status], [role=alert], output').length")
                .await,
            1
        );
        // Three times the clock goes on, and nothing is said.
        browser.value(
            "window.said = [], window.times = new Set(), new MutationObserver(() => said.push(document.getElementById('news').textContent))
                .observe(document.getElementById('news'), {subtree: true, childList: true, characterData: true})",
        )
        .await;
        browser.until("times.add(document.getElementById('since').textContent).size > 3").await;
        assert_eq!(browser.value("said").await, json!([]), "{page}");
        assert_eq!(browser.value("document.getAnimations().length").await, 0, "{page}");
    }
}
