// The form as programs: three languages, three dialects. The key is never in them.

import { ROOT } from "./api.js";

const BASE = ROOT.href.replace(/\/$/, "");
const extension = (body) => body.output_format ?? "jpeg";

const python = (value, indent = 0) => {
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return `[${value.map((one) => python(one, indent)).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const pad = " ".repeat(indent + 4);
  return `{\n${Object.entries(value).map(([name, one]) => `${pad}${JSON.stringify(name)}: ${python(one, indent + 4)},`).join("\n")}\n${" ".repeat(indent)}}`;
};
const named = (fields, indent) => Object.entries(fields).map(([name, value]) => `${" ".repeat(indent)}${name}=${python(value, indent)},`).join("\n");
const quoted = (value) => `'${JSON.stringify(value, null, 2).replaceAll("'", "'\\''")}'`;
const indented = (value, indent) => JSON.stringify(value, null, 2).replaceAll("\n", `\n${" ".repeat(indent)}`);
const without = (values, ...names) => Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
const present = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

// --- Segmind: what differs from the card is said

const curlHead = (path, header) => `curl -sf ${BASE}${path} \\
  -H "${header}" \\
  -H 'content-type: application/json' \\`;

function segmindCurl({ slug, body }) {
  const many = (body.num_images ?? 1) > 1;
  const head = curlHead(`/v1/${slug}`, "x-api-key: $IMAGEND_API_KEY");
  return `${head}${many ? "" : `\n  -H 'accept: image/${extension(body)}' -o picture.${extension(body)} \\`}\n  -d ${quoted(body)}\n`;
}

const segmindPython = ({ slug, body }) => `import os

import imagend

client = imagend.Client(
    api_key=os.environ["IMAGEND_API_KEY"],
    base_url=${JSON.stringify(BASE)},
)
result = client.run(
    ${JSON.stringify(slug)},
${named(body, 4)}
)
result.save("picture.${extension(body)}")
print(result.urls)
`;

const script = (path, header, body, last) => `const answer = await fetch("${BASE}${path}", {
  method: "POST",
  headers: {
    ${header},
    "content-type": "application/json",
  },
  body: JSON.stringify(${indented(body, 2)}),
});
if (!answer.ok) throw new Error(await answer.text());
const result = await answer.json();
${last}
`;
const X_KEY = '"x-api-key": process.env.IMAGEND_API_KEY';
const segmindScript = ({ slug, body }) => script(`/v1/${slug}`, X_KEY, body, "console.log(result.images.map((image) => image.url));");

// --- Google: other defaults, so that everything is said

const GOOGLE = {
  aspect_ratio: "aspectRatio", negative_prompt: "negativePrompt", guidance_scale: "guidanceScale", image_size: "sampleImageSize",
  add_watermark: "addWatermark",
};

function googleParameters(values) {
  const said = { sampleCount: Math.min(values.num_images ?? 1, 4) };
  for (const [name, theirs] of Object.entries(GOOGLE)) if (values[name] !== undefined && values[name] !== "") said[theirs] = values[name];
  if (values.seed !== undefined && values.seed !== -1) said.seed = values.seed;
  if (values.person_generation) said.personGeneration = values.person_generation.toLowerCase();
  if (values.safety_filter_level) said.safetySetting = values.safety_filter_level.toLowerCase();
  said.outputOptions = present({ mimeType: `image/${values.output_format ?? "png"}`, compressionQuality: values.output_format === "png" ? undefined : values.quality });
  return { ...said, ...rest(values) };
}
/** Segmind's fields that ride along in the other dialects. */
const rest = (values) => present({ steps: values.steps, scheduler: values.scheduler, width: values.width, height: values.height, loras: values.loras });

const googleBody = (values) => ({ instances: [{ prompt: values.prompt }], parameters: googleParameters(values) });

const googleCurl = ({ slug, values }) => `${curlHead(`/v1beta/models/${slug}:predict`, "x-goog-api-key: $IMAGEND_API_KEY")}
  -d ${quoted(googleBody(values))} \\
| python3 -c 'import base64, json, sys
picture = json.load(sys.stdin)["predictions"][0]["bytesBase64Encoded"]
open("picture.${values.output_format ?? "png"}", "wb").write(base64.b64decode(picture))'
`;

function googlePython({ slug, values }) {
  const type = `image/${values.output_format ?? "png"}`;
  const config = present({
    number_of_images: Math.min(values.num_images ?? 1, 4), aspect_ratio: values.aspect_ratio, image_size: values.image_size,
    negative_prompt: values.negative_prompt || undefined, guidance_scale: values.guidance_scale,
    seed: values.seed === -1 ? undefined : values.seed, person_generation: values.person_generation,
    safety_filter_level: values.safety_filter_level, add_watermark: values.add_watermark, output_mime_type: type,
    output_compression_quality: type === "image/png" ? undefined : values.quality,
  });
  return `import os

from google import genai
from google.genai import types

client = genai.Client(
    vertexai=True,
    api_key=os.environ["IMAGEND_API_KEY"],
    http_options=types.HttpOptions(base_url=${JSON.stringify(BASE)}),
)
answer = client.models.generate_images(
    model=${JSON.stringify(slug)},
    prompt=${JSON.stringify(values.prompt)},
    config=types.GenerateImagesConfig(
${named(config, 8)}
        http_options=types.HttpOptions(extra_body=${python({ parameters: rest(values) }, 8)}),
    ),
)
answer.generated_images[0].image.save("picture.${values.output_format ?? "png"}")
`;
}

const googleScript = ({ slug, values }) => script(
  `/v1beta/models/${slug}:predict`, '"x-goog-api-key": process.env.IMAGEND_API_KEY', googleBody(values),
  'const [{ mimeType, bytesBase64Encoded }] = result.predictions;\nconst url = `data:${mimeType};base64,${bytesBase64Encoded}`;\nconsole.log(url.length);',
);

// --- OpenAI: its own names, ours beside them

function openaiFields(slug, values) {
  const own = { model: slug, prompt: values.prompt, n: values.num_images ?? 1, output_format: values.output_format ?? "png" };
  if (own.output_format !== "png" && values.quality !== undefined) own.output_compression = values.quality;
  const ours = without(values, "prompt", "num_images", "output_format", "quality", "image_size", "add_watermark");
  if (ours.seed === -1) delete ours.seed;
  if (ours.negative_prompt === "") delete ours.negative_prompt;
  return { own, ours };
}
const openaiBody = ({ slug, values }) => {
  const { own, ours } = openaiFields(slug, values);
  return { ...own, response_format: "url", ...ours };
};

const openaiCurl = (form) => `${curlHead("/v1/images/generations", "authorization: Bearer $IMAGEND_API_KEY")}\n  -d ${quoted(openaiBody(form))}\n`;

function openaiPython({ slug, values }) {
  const { own, ours } = openaiFields(slug, values);
  return `import os
import urllib.request

from openai import OpenAI

client = OpenAI(
    api_key=os.environ["IMAGEND_API_KEY"],
    base_url="${BASE}/v1",
)
result = client.images.generate(
${named({ ...own, response_format: "url" }, 4)}
    extra_body=${python(ours, 4)},
)
urllib.request.urlretrieve(result.data[0].url, "picture.${own.output_format}")
print([picture.url for picture in result.data])
`;
}
const openaiScript = (form) => script("/v1/images/generations", '"authorization": `Bearer ${process.env.IMAGEND_API_KEY}`', openaiBody(form), "console.log(result.data.map((picture) => picture.url));");

export const DIALECTS = ["Segmind", "Google", "OpenAI"];
export const LANGUAGES = ["Python", "curl", "JavaScript"];
const WRITERS = {
  Segmind: { Python: segmindPython, curl: segmindCurl, JavaScript: segmindScript },
  Google: { Python: googlePython, curl: googleCurl, JavaScript: googleScript },
  OpenAI: { Python: openaiPython, curl: openaiCurl, JavaScript: openaiScript },
};
/** form: {slug, body: what differs from the card, values: everything in force}. */
export const sample = (dialect, language, form) => WRITERS[dialect][language](form);
export const NEEDS = { Segmind: "pip install imagend", Google: "pip install google-genai", OpenAI: "pip install openai" };
