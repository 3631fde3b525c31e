/* Says before sending that a file is too large; the server refuses it anyway. */
(() => {
  const input = document.querySelector("input[type=file][data-limit]");
  if (!input) return;
  const check = () => {
    const file = input.files[0];
    const limit = Number(input.dataset.limit);
    const isTooLarge = file && file.size > limit;
    input.setCustomValidity(isTooLarge ? `文件有 ${Math.ceil(file.size / 1048576)} MB，超过 ${Math.floor(limit / 1048576)} MB 的上限。请按时间或单位拆成几份，分次上传。` : "");
    if (isTooLarge) input.reportValidity();
  };
  input.addEventListener("change", check);
})();
